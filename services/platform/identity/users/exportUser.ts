import type { User } from '@weft/proto/identity/v1/user';
import type { ExportUserResponse } from '@weft/proto/identity/v1/user_service';
import { timestampFromDate } from '../../../kit/time.ts';
import { describeApiKey } from '../apiKeys/apiKeyService.ts';
import { describeAuditEvent } from '../audit/auditService.ts';
import { describeFederatedIdentity } from '../federation/federationService.ts';
import type { Identity } from '../Identity.ts';
import { describeSession } from '../sessions/sessionService.ts';
import { describeWallet } from '../wallets/walletService.ts';

/** Of what has no end. */
const MOST = 1_000;

/** All that is kept about a user, without secrets: not even the hashes of what he knows. */
export async function exportUser(
  { database, clock }: Identity,
  user: User,
): Promise<ExportUserResponse> {
  const { userId } = user;
  const password = await database
    .selectFrom('password')
    .select('changed_at')
    .where('account_id', '=', userId)
    .executeTakeFirst();
  const wallets = await database
    .selectFrom('wallet')
    .selectAll()
    .where('account_id', '=', userId)
    .orderBy('created_at')
    .execute();
  const identities = await database
    .selectFrom('federated_identity')
    .selectAll()
    .where('account_id', '=', userId)
    .orderBy('id')
    .execute();
  const apiKeys = await database
    .selectFrom('api_key')
    .selectAll()
    .where('account_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(MOST)
    .execute();
  const sessions = await database
    .selectFrom('session')
    .selectAll()
    .where('account_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(MOST)
    .execute();
  const auditEvents = await database
    .selectFrom('audit_event')
    .selectAll()
    .where('account_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(MOST)
    .execute();
  return {
    exportTime: timestampFromDate(clock.now()),
    user,
    passwordChangeTime: password && timestampFromDate(password.changed_at),
    wallets: await Promise.all(wallets.map(describeWallet)),
    federatedIdentities: identities.map(describeFederatedIdentity),
    apiKeys: apiKeys.map(describeApiKey),
    sessions: sessions.map((row) => describeSession(row, '')),
    auditEvents: auditEvents.map(describeAuditEvent),
  };
}
