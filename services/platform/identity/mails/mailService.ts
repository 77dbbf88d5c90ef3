import { type CallContext, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import { type Mail, MailKind, type MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import type { Selectable } from 'kysely';
import { timestampFromDate } from '../../../kit/time.ts';
import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import type { Mail as MailRow } from '../database.ts';
import type { Identity } from '../Identity.ts';
import type { Tokens, TokenUse } from '../tokens/Tokens.ts';

/** Who may read what users are sent: who sends it, and the operator. */
const READERS: ReadonlySet<string | undefined> = new Set(['notification', 'cli']);
const MOST_LISTED = 100;

/** What the tokens of mails are for. */
const USES: Readonly<Record<string, TokenUse>> = {
  VERIFY_EMAIL: 'register',
  RESET_PASSWORD: 'reset_password',
  CHANGE_EMAIL: 'change_email',
};

/** The methods of identity.v1.MailService. */
export function mailService({
  database,
  clock,
  tokens,
}: Identity): HandlersOf<MailServiceDefinition> {
  return {
    async getMail({ mailId }, context) {
      assertReader(context);
      const mail = await database
        .selectFrom('mail')
        .selectAll()
        .where('id', '=', mailId)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst();
      if (!mail) throw new RpcError(Status.NOT_FOUND, `there is no mail ${mailId}, or no more`);
      return { mail: describeMail(mail, tokens) };
    },

    async listMails({ email }, context) {
      assertReader(context);
      const mails = await database
        .selectFrom('mail')
        .selectAll()
        .where('email', '=', normalizeEmail(email))
        .where('expires_at', '>', clock.now())
        .orderBy('id', 'desc')
        .limit(MOST_LISTED)
        .execute();
      return { mails: mails.map((mail) => describeMail(mail, tokens)) };
    },
  };
}

function assertReader({ peer }: CallContext): void {
  if (READERS.has(peer?.service)) return;
  throw new RpcError(Status.PERMISSION_DENIED, 'only who sends mails may read them');
}

function describeMail(mail: Selectable<MailRow>, tokens: Tokens): Mail {
  const use = USES[mail.kind];
  return {
    mailId: mail.id,
    kind: MailKind[mail.kind as keyof typeof MailKind],
    email: mail.email,
    token: use && mail.token_id ? tokens.make(use, mail.token_id) : '',
    createTime: timestampFromDate(mail.created_at),
    expireTime: timestampFromDate(mail.expires_at),
  };
}
