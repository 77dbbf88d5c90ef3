import { createHash, randomBytes } from 'node:crypto';
import { signAccess } from '@weft/mesh/principal';
import { type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type { TicketServiceDefinition } from '@weft/proto/identity/v1/ticket';
import { timestampFromDate } from '../../../kit/time.ts';
import { ownUser } from '../client/userOf.ts';
import { unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';

/** Time enough to open what it is for; whoever finds it in a history or a log comes too late. */
const TICKET_MS = 30_000;

/** The methods of identity.v1.TicketService. */
export function ticketService(identity: Identity): HandlersOf<TicketServiceDefinition> {
  const { database, clock, keys } = identity;
  return {
    async createTicket({ path }, context) {
      const { session, roles, organization } = ownUser(context, 'me');
      const ticket = randomBytes(32).toString('base64url');
      const expiresAt = new Date(clock.now().getTime() + TICKET_MS);
      await database
        .insertInto('ticket')
        .values({
          ...{ hash: hashOf(ticket), session_id: session, path, expires_at: expiresAt },
          ...{ roles: [...roles], organization: organization ?? null },
        })
        .execute();
      return { ticket, expireTime: timestampFromDate(expiresAt) };
    },

    async redeemTicket({ ticket, path }, { peer }) {
      if (peer?.service !== 'gateway') {
        throw new RpcError(Status.PERMISSION_DENIED, 'only the edge takes tickets');
      }
      // One statement, so that of two who show it one alone has it.
      const taken = await database
        .deleteFrom('ticket')
        .where('hash', '=', hashOf(ticket))
        .returningAll()
        .executeTakeFirst();
      const now = clock.now();
      const session =
        taken &&
        taken.path === path &&
        taken.expires_at > now &&
        (await database
          .selectFrom('session')
          .select(['id', 'account_id'])
          .where('id', '=', taken.session_id)
          .where('ended_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirst());
      if (!session) throw unauthenticated('TICKET_INVALID', 'the ticket is not good, or no more');
      const { roles, organization } = taken;
      const principal = {
        ...({ subject: session.account_id, kind: 'user', session: session.id } as const),
        ...{ roles, scopes: [], ...(organization === null ? {} : { organization }) },
      };
      const accessToken = await signAccess(principal, keys.current(), { now: now.getTime() });
      return { accessToken };
    },
  };
}

function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}
