import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import type { Principal } from '@weft/mesh/principal';
import {
  type CallContext,
  type GrpcService,
  type HandlersOf,
  Metadata,
  RpcError,
  type Served,
  Status,
} from '@weft/mesh/runtime';
import { Mail } from '@weft/proto/identity/v1/mail';
import { User } from '@weft/proto/identity/v1/user';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import {
  idempotencyMigrations,
  withIdempotencyKeys,
} from '../../../kit/idempotency/withIdempotencyKeys.ts';
import { Secret } from '../../../kit/secret/Secret.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { TestClock } from '../../../kit/testing/TestClock.ts';
import { config } from '../config.ts';
import type { DB } from '../database.ts';
import { claimDue } from '../dispatch/claim.ts';
import { deliver } from '../dispatch/deliver.ts';
import { Lanes } from '../dispatch/Lanes.ts';
import { implementations } from '../implementations.ts';
import type { Notifications } from '../Notifications.ts';
import { openTransports } from '../openTransports.ts';

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Notification without its server: its methods on a real database, identity as its contract has it. */
export interface TestNotification extends AsyncDisposable {
  readonly notifications: Notifications;
  readonly clock: TestClock;
  /** What identity answers, by ids. */
  readonly users: Map<string, User>;
  readonly mails: Map<string, Mail>;
  handlers<Service extends GrpcService>(service: Service): HandlersOf<Service>;
  /** @param roles Of the user; default: none. @param userId Default: nobody is signed in. */
  context(userId?: string, ...roles: string[]): CallContext;
  /** Sends what is due, and what becomes due by that, as a process does that has nothing to wait for. */
  deliverDue(): Promise<void>;
}

/** @param environment How it is configured. */
export async function openNotification(
  url: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestNotification> {
  const clock = new TestClock();
  const contracts = Contracts.load();
  const database = await openDatabase<DB>({
    ...{ url, migrations, kitMigrations: [idempotencyMigrations] },
    ...{ applicationName: 'notification-test', log: quietLog, signal: AbortSignal.timeout(30_000) },
  });
  const settings = config.parse(environment);
  // All instances have the same.
  const secret = new Secret('notification', Buffer.alloc(Secret.BYTES, 'secret'));
  const users = new Map<string, User>();
  const mails = new Map<string, Mail>();
  const find = <T>(map: Map<string, T>, id = '') => {
    const found = map.get(id);
    if (!found) throw new RpcError(Status.NOT_FOUND, `there is no ${id}`);
    return found;
  };
  const opened = await openTransports(settings, { database, clock, secret });
  const { byChannel: transports, inboxes, egress } = opened;
  const events = [...contracts.events.values()];
  const consumes = events
    .filter(({ publisher }) => ['identity', 'analytics'].includes(publisher))
    .map((each) => each.subject);
  const notifications: Notifications = {
    ...{ database, clock, contracts, consumes, log: quietLog, pages: settings.pages },
    ...{ transports, egress, secret },
    mails: { getMail: async ({ mailId }) => ({ mail: find(mails, mailId) }) },
    users: { getUser: async ({ userId }) => ({ user: find(users, userId) }) },
  };
  const served: Served[] = implementations(notifications, inboxes).map((each) =>
    'service' in each ? withIdempotencyKeys(each, contracts, database) : each,
  );
  return {
    ...{ notifications, clock, users, mails },
    handlers<Service extends GrpcService>(service: Service) {
      const found = served.find(
        (each) => 'service' in each && each.service.fullName === service.fullName,
      );
      if (!found || !('handlers' in found)) throw new Error(`no ${service.fullName} is served`);
      return found.handlers as HandlersOf<Service>;
    },
    context(userId, ...roles) {
      const principal: Principal | undefined =
        userId === undefined
          ? undefined
          : { subject: userId, kind: 'user', roles, scopes: [], session: 'one' };
      return {
        ...{ signal: AbortSignal.timeout(60_000), metadata: new Metadata() },
        ...{ header: new Metadata(), sendHeader() {}, ...(principal && { principal }) },
      } as Partial<CallContext> as CallContext;
    },
    async deliverDue() {
      for (;;) {
        const claimed = await claimDue(database, clock.now(), new Lanes().room());
        if (claimed.length === 0) return;
        await Promise.all(claimed.map((each) => deliver(notifications, each)));
      }
    },
    async [Symbol.asyncDispose]() {
      for (const transport of notifications.transports.values()) await transport.close?.();
      await database.destroy();
    },
  };
}

/** A user as identity tells of him. */
export function userOf(userId: string, email: string, displayName = ''): User {
  return { ...User.create(), userId, email, displayName, verified: email !== '' };
}

/** One of identity's mails. */
export function mailOf(mail: Partial<Mail>): Mail {
  return { ...Mail.create(), ...mail };
}
