/** A scenario: users register, and another service hears of them. */

import { ConsulClient } from '@weft/mesh/consul';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { UserRegistered } from '@weft/proto/identity/v1/events';
import { systemClock } from '../../../kit/Clock.ts';
import { on } from '../../../kit/events/on.ts';
import { Secret } from '../../../kit/secret/Secret.ts';
import { type EventSetting, natsOf } from '../../../kit/testing/crash/EventSetting.ts';
import { runScenario } from '../../../kit/testing/crash/runScenario.ts';
import { openMember } from '../../../kit/testing/openMember.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { config } from '../config.ts';
import type { DB } from '../database.ts';
import { makeIdentity } from '../makeIdentity.ts';
import { openWaysIn } from '../waysIn.ts';
import { handlersOf, migrations, PASSWORD } from './openIdentity.ts';

export interface RegistrationSetting extends EventSetting {
  readonly identityUrl: string;
  readonly readerUrl: string;
  /** Of the reader's table `applied`. */
  readonly readerMigrations: string;
  /** Of identity, in base64. */
  readonly secret: string;
  readonly registrations: number;
}

interface Reader {
  applied: { user_id: string };
}

await runScenario<RegistrationSetting>(async (setting) => {
  const nats = natsOf(setting);
  const shared = { contracts: Contracts.load(), nats, leaseMs: 400 };
  const member = await openMember<DB>({
    ...{ ...shared, service: 'identity', databaseUrl: setting.identityUrl, migrations },
  });
  const reader = await openMember<Reader>({
    ...{ ...shared, service: 'reader', databaseUrl: setting.readerUrl },
    migrations: setting.readerMigrations,
    consumers: [
      on<UserRegistered, Reader>(UserRegistered, async ({ userId }, { transaction }) => {
        await transaction.insertInto('applied').values({ user_id: userId }).execute();
      }),
    ],
  });
  const { database, events } = member;
  const identity = await makeIdentity({
    ...{ database, events, clock: systemClock, log: quietLog },
    contracts: shared.contracts,
    consul: new ConsulClient({ address: 'http://127.0.0.1:1', token: '' }),
    secret: new Secret('identity', Buffer.from(setting.secret, 'base64')),
  });
  const { auth, context, mails } = handlersOf(
    identity,
    await openWaysIn(identity, config.parse({})),
  );
  for (let number = 1; number <= setting.registrations; number += 1) {
    const email = `user-${number}@example.org`;
    await auth.register({ email, password: PASSWORD, displayName: '' }, context());
    // Of those that an earlier run has made, too: a user who sees no answer asks again, and follows what comes.
    const links = (await mails(email)).filter(({ token }) => token !== '');
    await Promise.allSettled(
      links.map(async ({ token }) => auth.verifyEmail({ token }, context())),
    );
    await auth.login({ email, password: PASSWORD, code: '' }, context());
  }
  await eventually(async () => {
    const applied = await reader.database.selectFrom('applied').select('user_id').execute();
    return applied.length >= setting.registrations;
  }, 40_000);
  await reader.stop();
  await member.stop();
});
