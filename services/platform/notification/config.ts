import { z } from 'zod';
import { secretFile } from '../../kit/secret/SecretFile.ts';

const httpUrl = z.url({ protocol: /^https?$/ });

/** The environment variables that notification reads. */
export const config = z
  .object({
    /**
     * File with the secret by which secrets of endpoints are sealed: 32 bytes in base64. Every instance has the same one.
     * Default: data/notification/secret in the mesh's state folder, which is made where it is missing.
     */
    NOTIFICATION_SECRET_FILE: z.string().optional(),
    /**
     * The server that mails are handed to: smtp://user@host:587 (STARTTLS where it is offered), or smtps://user@host. Without
     * it, and without the catcher, mails fail.
     */
    NOTIFICATION_SMTP_URL: z
      .url({ protocol: /^smtps?$/ })
      .refine((url) => new URL(url).password === '', 'has a password, which belongs into a file')
      .optional(),
    /** File with the password of that URL's user, mode 0600. Default: mails are handed over without signing in. */
    NOTIFICATION_SMTP_PASSWORD_FILE: z.string().optional(),
    /** Whom mails come from, as the header says it. */
    NOTIFICATION_EMAIL_FROM: z
      .string()
      .regex(/^[^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>$/, 'must be such as Weft <no-reply@example.org>')
      .default('Weft <no-reply@localhost>'),
    /** Where users reach the edge, such as "https://api.example". Default: the edge's own, on this machine. */
    NOTIFICATION_PUBLIC_URL: httpUrl.optional(),
    /** The page that sets a new password; "token" is added to its query. Default: /reset-password of the public URL. */
    NOTIFICATION_RESET_PASSWORD_PAGE: httpUrl.optional(),
    /** The page that confirms another address; "token" is added to its query. Default: /change-email of the public URL. */
    NOTIFICATION_CHANGE_EMAIL_PAGE: httpUrl.optional(),
    /**
     * "true": where no server is named, mails are caught and shown at /mails to whoever asks, with their links. For
     * development only.
     */
    NOTIFICATION_MAIL_CATCHER: z.stringbool().default(false),
    /**
     * Networks of one's own in which endpoints may be, separated by commas, such as "10.1.0.0/16". Default: none: an endpoint
     * is on the internet.
     */
    NOTIFICATION_PRIVATE_NETWORKS: z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((each) => each.trim())
          .filter(Boolean),
      ),
    /** By whom text messages are sent: Twilio, or who speaks as it does. */
    NOTIFICATION_SMS_URL: httpUrl.default('https://api.twilio.com'),
    /** The account there (its SID). Default: none are sent. */
    NOTIFICATION_SMS_ACCOUNT: z.string().optional(),
    /** File with the account's token, mode 0600. */
    NOTIFICATION_SMS_TOKEN_FILE: z.string().optional(),
    /** The number that they come from, E.164. */
    NOTIFICATION_SMS_FROM: z.string().optional(),
    WEFT_PUBLIC_URL: httpUrl.default('http://localhost:8080'),
    WEFT_HOME: z.string().default('.weft'),
  })
  .refine(
    (given) =>
      given.NOTIFICATION_SMS_ACCOUNT === undefined ||
      (given.NOTIFICATION_SMS_TOKEN_FILE !== undefined &&
        given.NOTIFICATION_SMS_FROM !== undefined),
    {
      path: ['NOTIFICATION_SMS_ACCOUNT'],
      message: 'goes with NOTIFICATION_SMS_TOKEN_FILE and NOTIFICATION_SMS_FROM',
    },
  )
  .transform((given) => {
    const publicUrl = new URL(given.NOTIFICATION_PUBLIC_URL ?? given.WEFT_PUBLIC_URL).origin;
    const smtpUrl = given.NOTIFICATION_SMTP_URL;
    return {
      secretFile: secretFile('notification', given.NOTIFICATION_SECRET_FILE, given.WEFT_HOME),
      smtp:
        smtpUrl === undefined
          ? undefined
          : { url: smtpUrl, passwordFile: given.NOTIFICATION_SMTP_PASSWORD_FILE },
      from: given.NOTIFICATION_EMAIL_FROM,
      sms:
        given.NOTIFICATION_SMS_ACCOUNT === undefined
          ? undefined
          : {
              url: given.NOTIFICATION_SMS_URL,
              account: given.NOTIFICATION_SMS_ACCOUNT,
              tokenFile: given.NOTIFICATION_SMS_TOKEN_FILE ?? '',
              from: given.NOTIFICATION_SMS_FROM ?? '',
            },
      privateNetworks: given.NOTIFICATION_PRIVATE_NETWORKS,
      catchMails: smtpUrl === undefined && given.NOTIFICATION_MAIL_CATCHER,
      pages: {
        verifyEmail: `${publicUrl}/v1/auth/verify-email`,
        resetPassword: given.NOTIFICATION_RESET_PASSWORD_PAGE ?? `${publicUrl}/reset-password`,
        changeEmail: given.NOTIFICATION_CHANGE_EMAIL_PAGE ?? `${publicUrl}/change-email`,
      },
    };
  });

export type Config = z.output<typeof config>;
