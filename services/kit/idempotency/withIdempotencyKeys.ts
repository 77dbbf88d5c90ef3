import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Contracts, isFront } from '@weft/mesh/contracts';
import {
  type CallContext,
  errorInfo,
  type GrpcMethod,
  type Implementation,
  RpcError,
  Status,
} from '@weft/mesh/runtime';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { KitMigrations } from '../database/openDatabase.ts';
import { transact } from '../database/transact.ts';
import { failedPrecondition } from '../failedPrecondition.ts';
import { invalidArgument } from '../invalidArgument.ts';
import { Reason } from '../Reason.ts';
import type { Secret } from '../secret/Secret.ts';
import type { SealedImplementation } from './sealAnswers.ts';
import { handleIn } from './transactionOf.ts';

/** The table that keys are kept in. */
export const idempotencyMigrations: KitMigrations = {
  folder: fileURLToPath(new URL('migrations', import.meta.url)),
  schema: 'weft',
  prefix: 'idempotency',
};

const HEADER = 'idempotency-key';
const KEY = /^[\x21-\x7e]{1,255}$/;
/** A call that waits longer for the same key's first call is told that it is under way. */
const IN_FLIGHT_MS = 1_000;
const KEPT_HOURS = 24;
/** What answers are sealed for. */
const SEALED_FOR = 'answers';
/** lock_not_available */
const LOCK_TIMEOUT = '55P03';

/**
 * Has each method whose contract has an `idempotency_key` handled in a transaction, together with the answer that is kept
 * for its key: the same call again gets that answer, and nothing is done. Failures are not kept; they change nothing.
 *
 * A key is the caller's own: the principal's on whose behalf he calls, else the service's that calls. Callers from
 * outside who have not said who they are share no answers but those of the very same request. Where there are secrets in
 * answers, see sealAnswers().
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function withIdempotencyKeys<DB>(
  { service, handlers, answersSealedBy }: Implementation & Partial<SealedImplementation>,
  contracts: Contracts,
  database: Kysely<DB>,
): Implementation {
  const wrapped: Record<string, Implementation['handlers'][string]> = { ...handlers };
  for (const [name, method] of Object.entries(service.methods)) {
    const path = `/${service.fullName}/${method.name}`;
    const rule = contracts.method(path)?.idempotencyKey ?? 'ignored';
    const handler = handlers[name];
    if (rule === 'ignored' || !handler) continue;
    wrapped[name] = (request: unknown, context: CallContext) =>
      handle(
        database,
        { method, path, handler, isRequired: rule === 'required', secret: answersSealedBy },
        request,
        context,
      );
  }
  return { service, handlers: wrapped };
}

interface KeyedMethod {
  readonly method: GrpcMethod;
  readonly path: string;
  readonly handler: (request: unknown, context: CallContext) => unknown;
  readonly isRequired: boolean;
  /** By which answers are sealed. */
  readonly secret: Secret | undefined;
}

async function handle<DB>(
  database: Kysely<DB>,
  { method, path, handler, isRequired, secret }: KeyedMethod,
  request: unknown,
  context: CallContext,
): Promise<unknown> {
  const key = readKey(context, isRequired);
  const run = async (transaction: Transaction<DB>) => {
    handleIn(context, transaction);
    return handler(request, context);
  };
  if (key === undefined) return transact(database, run);
  const hash = createHash('sha256').update(method.requestType.encode(request).finish()).digest();
  const name = { caller: callerOf(context, hash), path, key };
  const about = JSON.stringify(name);
  return transact(database, async (transaction) => {
    const kept = await claim(transaction, name, hash);
    if (kept) return method.responseType.decode(secret?.open(SEALED_FOR, about, kept) ?? kept);
    const response = await run(transaction);
    const bytes = Buffer.from(method.responseType.encode(response).finish());
    await sql`
      update weft.idempotency_key set response = ${secret?.seal(SEALED_FOR, about, bytes) ?? bytes}
      where caller = ${name.caller} and method = ${path} and key = ${key}`.execute(transaction);
    return response;
  });
}

interface KeyName {
  readonly caller: string;
  readonly path: string;
  readonly key: string;
}

/**
 * Takes the key for this call. Whoever has it at the same time is waited for.
 *
 * @returns the answer of the call that had it before; undefined: this one is the first.
 * @throws RpcError ABORTED when that is still under way, FAILED_PRECONDITION when it asked for something else.
 */
async function claim<DB>(
  transaction: Transaction<DB>,
  { caller, path, key }: KeyName,
  hash: Buffer,
): Promise<Buffer | undefined> {
  await sql`set local lock_timeout = ${sql.lit(IN_FLIGHT_MS)}`.execute(transaction);
  const { rows: taken } = await sql`
    insert into weft.idempotency_key as kept (caller, method, key, request_hash)
    values (${caller}, ${path}, ${key}, ${hash})
    on conflict (caller, method, key) do update
      set request_hash = excluded.request_hash, response = null, created_at = clock_timestamp()
      where kept.created_at < clock_timestamp() - ${KEPT_HOURS} * interval '1 hour'
    returning 1`
    .execute(transaction)
    .catch((cause) => {
      if ((cause as { code?: string }).code !== LOCK_TIMEOUT) throw cause;
      throw new RpcError(Status.ABORTED, `the first call with this ${HEADER} is still under way`, {
        cause,
        details: [errorInfo(Reason.IDEMPOTENCY_KEY_IN_FLIGHT)],
      });
    });
  await sql`set local lock_timeout to default`.execute(transaction);
  if (taken.length > 0) return undefined;
  const { rows } = await sql<{ request_hash: Buffer; response: Buffer }>`
    select request_hash, response from weft.idempotency_key
    where caller = ${caller} and method = ${path} and key = ${key}`.execute(transaction);
  const [kept] = rows;
  if (kept?.request_hash.equals(hash)) return kept.response;
  throw failedPrecondition(
    Reason.IDEMPOTENCY_KEY_REUSED,
    `this ${HEADER} was given with another request before`,
  );
}

/** @throws RpcError INVALID_ARGUMENT for one that is missing where it must be there, given twice, or of another form. */
function readKey({ metadata }: CallContext, isRequired: boolean): string | undefined {
  const given = metadata.get(HEADER);
  if (given.length === 0) {
    if (isRequired) throw invalidArgument(HEADER, 'this call needs such a header');
    return undefined;
  }
  const [key] = given;
  if (given.length > 1 || typeof key !== 'string' || !KEY.test(key)) {
    throw invalidArgument(HEADER, 'must be one header of 1 to 255 printable characters');
  }
  return key;
}

function callerOf({ principal, peer }: CallContext, hash: Buffer): string {
  if (principal) return `${principal.kind}:${principal.subject}`;
  if (peer?.service && !isFront(peer.service)) return `service:${peer.service}`;
  return `anybody:${hash.toString('hex')}`;
}

/** Removes keys that are too old to mean anything. @returns how many. */
export async function tidyKeys<DB>(database: Kysely<DB>): Promise<number> {
  const { rows } = await sql`
    delete from weft.idempotency_key
    where created_at < clock_timestamp() - ${KEPT_HOURS} * interval '1 hour'
    returning 1`.execute(database);
  return rows.length;
}
