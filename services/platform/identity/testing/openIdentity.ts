import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ConsulClient } from '@weft/mesh/consul';
import { Contracts } from '@weft/mesh/contracts';
import type { Principal } from '@weft/mesh/principal';
import {
  type CallContext,
  type GrpcService,
  type HandlersOf,
  type HttpImplementation,
  Metadata,
} from '@weft/mesh/runtime';
import { AuthServiceDefinition, type LoginResponse } from '@weft/proto/identity/v1/auth';
import { type Mail, MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import type { Kysely } from 'kysely';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import { eventMigrations } from '../../../kit/events/attachEvents.ts';
import { Events } from '../../../kit/events/Events.ts';
import { Secret } from '../../../kit/secret/Secret.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { TestClock } from '../../../kit/testing/TestClock.ts';
import { config } from '../config.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { implementations } from '../implementations.ts';
import { makeIdentity } from '../makeIdentity.ts';
import { openWaysIn, type WaysIn } from '../waysIn.ts';

/** Folder of its migrations. */
export const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Of those who sign up. */
export const PASSWORD = 'a quiet harbour';

/** Where no Consul is. */
const NOWHERE = 'http://127.0.0.1:1';

/** Who makes a call, and from where. */
export interface TestCaller {
  /** The session that an access token of this answer says it is made in. Default: none, nobody is signed in. */
  readonly as?: LoginResponse;
  /** The service whose certificate it is. Default: the edge. */
  readonly peer?: string;
  /** Client address, as the edge tells it. Default: 192.0.2.1. */
  readonly address?: string;
  readonly userAgent?: string;
}

/** The methods of identity, without a server. */
export interface TestHandlers {
  /** What it serves by HTTP. */
  readonly faces: readonly HttpImplementation[];
  /** Those of one of its services. */
  handlers<Service extends GrpcService>(service: Service): HandlersOf<Service>;
  readonly auth: HandlersOf<AuthServiceDefinition>;
  context(caller?: TestCaller): CallContext;
  /** What has been sent to an address, newest first. */
  mails(email: string): Promise<Mail[]>;
  /** Registers an account and signs in. */
  signUp(email?: string): Promise<LoginResponse>;
}

/** Identity without its server: the methods on a real database. */
export interface TestIdentity extends TestHandlers, AsyncDisposable {
  readonly identity: Identity;
  readonly clock: TestClock;
  readonly ways: WaysIn;
  /** Events in the outbox, oldest first: the subjects and keys. */
  events(): Promise<{ subject: string; key: string }[]>;
}

export interface IdentityOptions {
  /** Default: one of its own. */
  readonly secret?: Buffer;
  /** Default: one that stands. */
  readonly clock?: TestClock;
  /** Default: none that answers. */
  readonly consul?: ConsulClient;
  /** Variables that say how it is configured. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts what a process of identity holds. What goes out of its outbox stays there.
 *
 * @param url Of a database; those of other instances too.
 */
export async function openIdentity(
  url: string,
  {
    secret = randomBytes(Secret.BYTES),
    clock = new TestClock(),
    consul = new ConsulClient({ address: NOWHERE, token: '' }),
    environment = {},
  }: IdentityOptions = {},
): Promise<TestIdentity> {
  const database = await openDatabase<DB>({
    ...{ url, migrations, kitMigrations: eventMigrations },
    ...{ applicationName: 'identity-test', log: quietLog, signal: AbortSignal.timeout(30_000) },
  });
  const contracts = Contracts.load();
  const events = new Events({
    ...{ contracts, service: 'identity', onAdded: () => {} },
  });
  const identity = await makeIdentity({
    ...{ database, events, clock, contracts, log: quietLog, consul },
    secret: new Secret('identity', secret),
  });
  const ways = await openWaysIn(identity, config.parse(environment));
  return {
    ...{ ...handlersOf(identity, ways), identity, clock, ways },
    async events() {
      const outbox = database as unknown as Kysely<Outbox>;
      return outbox.selectFrom('weft.outbox').select(['subject', 'key']).orderBy('id').execute();
    },
    [Symbol.asyncDispose]: () => database.destroy(),
  };
}

interface Outbox {
  'weft.outbox': { id: number; subject: string; key: string };
}

export function handlersOf(identity: Identity, ways: WaysIn): TestHandlers {
  const served = implementations(identity, ways);
  const handlers = <Service extends GrpcService>(service: Service) => {
    const found = served.find(
      (each) => 'service' in each && each.service.fullName === service.fullName,
    );
    if (!found || !('handlers' in found))
      throw new Error(`identity does not serve ${service.fullName}`);
    return found.handlers as HandlersOf<Service>;
  };
  const context = (caller: TestCaller = {}) => contextOf(caller);
  const auth = handlers(AuthServiceDefinition);
  const mails = async (email: string) => {
    const { listMails } = handlers(MailServiceDefinition);
    return (await listMails({ email }, context({ peer: 'notification' }))).mails as Mail[];
  };
  const signUp = async (email = 'ada@example.org') => {
    await auth.register({ email, password: PASSWORD, displayName: 'Ada' }, context());
    const [{ token = '' } = {}] = await mails(email);
    await auth.verifyEmail({ token }, context());
    return auth.login({ email, password: PASSWORD, code: '' }, context());
  };
  const faces = served.filter((each) => 'http' in each);
  return { handlers, faces, auth, context, mails, signUp };
}

function contextOf({
  as,
  peer = 'gateway',
  address = '192.0.2.1',
  userAgent = 'test',
}: TestCaller): CallContext {
  const metadata = new Metadata();
  if (peer === 'gateway') metadata.set('x-envoy-external-address', address);
  metadata.set('user-agent', userAgent);
  return {
    signal: new AbortController().signal,
    peer: { spiffeId: `spiffe://test/ns/default/dc/dc1/svc/${peer}`, service: peer },
    metadata,
    header: new Metadata(),
    ...(as && { principal: principalOf(as) }),
  } as Partial<CallContext> as CallContext;
}

function principalOf({ user, userId, sessionId }: LoginResponse): Principal {
  const roles = user?.roles ?? [];
  return { subject: userId, kind: 'user', roles, scopes: [], session: sessionId };
}
