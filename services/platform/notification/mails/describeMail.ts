import { RpcError, Status } from '@weft/mesh/runtime';
import { MailKind } from '@weft/proto/identity/v1/mail';
import { EndedError } from '../dispatch/EndedError.ts';
import type { Notifications } from '../Notifications.ts';
import type { Variables } from '../templates/TemplateEngine.ts';

/** What one of identity's mails says. */
export interface MailContent {
  readonly recipient: string;
  readonly template: string;
  readonly variables: Variables;
}

/**
 * Asks identity for a mail of its own. It is asked at each try, and nothing of it is kept here: its link opens an account.
 *
 * @throws EndedError EXPIRED when what its link was for is over.
 */
export async function describeMail(
  { mails, pages }: Pick<Notifications, 'mails' | 'pages'>,
  mailId: string,
): Promise<MailContent> {
  const { mail } = await mails.getMail({ mailId }).catch((error) => {
    if (!(error instanceof RpcError) || error.code !== Status.NOT_FOUND) throw error;
    throw new EndedError('EXPIRED', 'MAIL_EXPIRED', 'what the mail is about is over');
  });
  if (!mail) throw new Error(`identity answered no mail for ${mailId}`);
  const { kind, email, token } = mail;
  const [name] = Object.entries(MailKind).find(([, value]) => value === kind) ?? [];
  if (!name) {
    throw new EndedError('FAILED', 'MAIL_UNKNOWN', `a mail of the kind ${kind} is not known here`);
  }
  return {
    recipient: email,
    template: `identity.${name.toLowerCase()}`,
    variables: { email, token, link: linkOf(pages, kind, token) },
  };
}

/** Empty for a mail without a link. */
function linkOf(pages: Notifications['pages'], kind: MailKind, token: string): string {
  const escaped = encodeURIComponent(token);
  switch (kind) {
    case MailKind.VERIFY_EMAIL:
      return `${pages.verifyEmail}/${escaped}`;
    case MailKind.RESET_PASSWORD:
      return withToken(pages.resetPassword, token);
    case MailKind.CHANGE_EMAIL:
      return withToken(pages.changeEmail, token);
    default:
      return '';
  }
}

function withToken(page: string, token: string): string {
  const url = new URL(page);
  url.searchParams.set('token', token);
  return url.href;
}
