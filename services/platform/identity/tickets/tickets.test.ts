import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SessionServiceDefinition } from '@weft/proto/identity/v1/session';
import { TicketServiceDefinition } from '@weft/proto/identity/v1/ticket';
import { decodeJwt } from 'jose';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { tidy } from '../tidy.ts';

const PATH = '/v1/assets/SP500:watch';
const INVALID = { status: 'UNAUTHENTICATED', reason: 'TICKET_INVALID' } as const;

const postgres = usePostgres();
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

/** Somebody who is signed in, and an edge that takes his tickets. */
async function open() {
  const rig = await openIdentity(url);
  const { createTicket, redeemTicket } = rig.handlers(TicketServiceDefinition);
  const ada = await rig.signUp();
  const create = async () => {
    const { ticket = '' } = await createTicket({ path: PATH }, rig.context({ as: ada }));
    return ticket;
  };
  const redeem = (ticket: string, path = PATH, peer = 'gateway') =>
    redeemTicket({ ticket, path }, rig.context({ peer }));
  return { rig, ada, create, redeem };
}

test('a ticket stands for whoever asked for it, once: of many who show it at the same time one gets in', async () => {
  const { rig, ada, create, redeem } = await open();
  await using _ = rig;
  const ticket = await create();
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => redeem(ticket)));
  const [first, ...others] = tries.filter(({ status }) => status === 'fulfilled');
  assert.ok(first?.status === 'fulfilled');
  assert.deepEqual(others, []);
  const { sub, sid, aud } = decodeJwt(first.value.accessToken ?? '');
  assert.deepEqual([sub, sid, aud], [ada.userId, ada.sessionId, 'weft-edge']);
  await rejects(() => redeem(ticket), INVALID);
});

test('a ticket is good for half a minute, and what is left of it goes', async () => {
  const { rig, create, redeem } = await open();
  await using _ = rig;
  const [good, late] = [await create(), await create()];
  rig.clock.advance(29_000);
  await redeem(good);
  rig.clock.advance(1_000);
  await rejects(() => redeem(late), INVALID);
  await create();
  rig.clock.advance(60_000);
  await tidy(rig.identity);
  const left = await rig.identity.database.selectFrom('ticket').select('hash').execute();
  assert.deepEqual(left, []);
});

test('a ticket that was shown at another path is lost', async () => {
  const { rig, create, redeem } = await open();
  await using _ = rig;
  const ticket = await create();
  await rejects(() => redeem(ticket, '/v1/feeds'), INVALID);
  await rejects(() => redeem(ticket), INVALID);
});

test('a ticket ends with the session, and only the edge takes it', async () => {
  const { rig, ada, create, redeem } = await open();
  await using _ = rig;
  const ticket = await create();
  await rejects(() => redeem(ticket, PATH, 'trading'), { status: 'PERMISSION_DENIED' });
  const { revokeSessions } = rig.handlers(SessionServiceDefinition);
  await revokeSessions({ userId: 'me', keepCurrent: false }, rig.context({ as: ada }));
  await rejects(() => redeem(ticket), INVALID);
});
