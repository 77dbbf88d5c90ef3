/** How long a link of a mail can be followed that makes an account, or gives it another address. */
export const VERIFY_EMAIL_MS = 24 * 3_600_000;

/** How long a link to set a new password can. */
export const RESET_PASSWORD_MS = 3_600_000;

/** For how long it makes sense to tell a user of what has happened. */
export const NOTICE_MS = 7 * 24 * 3_600_000;
