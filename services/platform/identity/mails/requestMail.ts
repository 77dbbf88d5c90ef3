import { randomUUIDv7 } from 'node:crypto';
import { MailRequested } from '@weft/proto/identity/v1/events';
import type { MailKind } from '@weft/proto/identity/v1/mail';
import type { Transaction } from 'kysely';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';

export interface MailRequest {
  readonly kind: Exclude<keyof typeof MailKind, 'UNSPECIFIED'>;
  readonly email: string;
  /** The registration or one-time token that its link stands for. Default: it has no link. */
  readonly tokenId?: string;
  /** When it makes no sense any more. */
  readonly expiresAt: Date;
}

/**
 * Has a mail sent once the transaction is committed: the service `notification` is told by an event, and asks
 * MailService for it. As with all events, add it last.
 */
export async function requestMail(
  { events, clock }: Identity,
  transaction: Transaction<DB>,
  { kind, email, tokenId, expiresAt }: MailRequest,
): Promise<void> {
  const id = randomUUIDv7();
  await transaction
    .insertInto('mail')
    .values({
      ...{ id, kind, email, token_id: tokenId ?? null },
      ...{ created_at: clock.now(), expires_at: expiresAt },
    })
    .execute();
  await events.add(transaction, MailRequested, { mailId: id });
}
