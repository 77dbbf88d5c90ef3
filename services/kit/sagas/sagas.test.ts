import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { RpcError, Status } from '@weft/mesh/runtime';
import { eventually } from '@weft/mesh/testing/eventually';
import { sql } from 'kysely';
import { transact } from '../database/transact.ts';
import { query } from '../testing/query.ts';
import { type OpenSagasOptions, openSagas, type TestSagas } from '../testing/sagas/openSagas.ts';
import { TestClock } from '../testing/TestClock.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { type AnySaga, type Saga, type SagaSteps, type StepOptions, saga } from './saga.ts';

const postgres = usePostgres();
let databaseUrl: string;
let member: TestSagas<unknown> | undefined;

beforeEach(async () => {
  databaseUrl = await postgres.createDatabase();
});
afterEach(async () => {
  await member?.stop();
  member = undefined;
});

async function open(
  sagas: readonly AnySaga<unknown>[],
  options: Partial<OpenSagasOptions<unknown>> = {},
): Promise<TestSagas<unknown>> {
  member = await openSagas<unknown>({ databaseUrl, sagas, ...options });
  return member;
}

function start<Input>(
  { sagas, database }: TestSagas<unknown>,
  definition: Saga<Input, unknown, unknown>,
  input: Input,
  options = {},
) {
  return transact(database, (transaction) => sagas.start(transaction, definition, input, options));
}

const LATEST_MS = 60_000;

function ended(opened: TestSagas<unknown>, id: string) {
  return opened.sagas.ended<unknown>(id, AbortSignal.timeout(LATEST_MS));
}

const never = () => new Promise<never>(() => {});
const refused = () => new RpcError(Status.FAILED_PRECONDITION, 'no');

test('all steps are done in their order, and what the saga answers comes back', async () => {
  const seen: unknown[] = [];
  const add = saga<{ left: number; right: Buffer }, Date>('add', async ({ left, right }, steps) => {
    const sum = await steps.step('sum', async ({ key, attempt }) => {
      seen.push(key, attempt, trace.getSpan(context.active())?.spanContext().traceId);
      return left + right.length;
    });
    seen.push(sum, steps.actor);
    return new Date(sum);
  });
  const opened = await open([add]);
  const traceId = 'ab'.repeat(16);
  const span = trace.wrapSpanContext({ traceId, spanId: 'cd'.repeat(8), traceFlags: 0 });
  const id = await context.with(trace.setSpan(context.active(), span), () =>
    start(opened, add, { left: 1, right: Buffer.from('two') }, { actor: 'user:Zoë' }),
  );
  assert.deepEqual(await ended(opened, id), { state: 'succeeded', output: new Date(4) });
  assert.deepEqual(seen, [`${id}:sum`, 1, traceId, 4, 'user:Zoë']);
});

test('a saga whose transaction is undone never was, and there is one for a key', async () => {
  let runs = 0;
  const count = saga<null>('count', async (_, { step }) => {
    await step('run', async () => {
      runs += 1;
    });
  });
  const opened = await open([count]);
  let lost = '';
  await assert.rejects(
    transact(opened.database, async (transaction) => {
      lost = await opened.sagas.start(transaction, count, null);
      throw new Error('undone');
    }),
    /undone/,
  );
  const ids = await Promise.all(
    Array.from({ length: 5 }, () => start(opened, count, null, { key: 'order-1' })),
  );
  assert.equal(new Set(ids).size, 1);
  await ended(opened, ids[0] as string);
  assert.equal(await opened.table.read(lost), undefined);
  assert.equal(runs, 1);
});

/** What has happened outside, in its order. */
class Outside {
  readonly done: string[] = [];

  /** A step that does something, and what undoes it. */
  step({ step }: SagaSteps<unknown>, name: string, options: StepOptions<void, unknown> = {}) {
    const act = async () => void this.done.push(name);
    const undo = async () => void this.done.push(`undo ${name}`);
    return step(name, act, { ...(options.irreversible ? {} : { undo }), ...options });
  }
}

for (const failing of ['a', 'b', 'c', 'the body']) {
  test(`a saga that fails at ${failing} is undone in reverse, and says why`, async () => {
    const outside = new Outside();
    const three = saga<null>('three', async (_, steps) => {
      for (const name of ['a', 'b', 'c']) {
        if (name !== failing) await outside.step(steps, name);
        else {
          await steps.step(name, () => Promise.reject(refused()), {
            undo: async () => void outside.done.push(`undo ${name}`),
          });
        }
      }
      throw new Error('a fault');
    });
    const opened = await open([three]);
    const id = await start(opened, three, null);
    const before = ['a', 'b', 'c'].slice(0, { a: 0, b: 1, c: 2 }[failing] ?? 3);
    const undone = failing === 'the body' ? before : [...before, failing];
    assert.deepEqual(await ended(opened, id), {
      state: 'compensated',
      cause: failing === 'the body' ? 'Error: a fault' : `${failing}: FAILED_PRECONDITION: no`,
    });
    assert.deepEqual(outside.done, [
      ...before,
      ...undone.toReversed().map((each) => `undo ${each}`),
    ]);
  });
}

test('a step that takes too long, but has acted, is undone; its failure cannot be passed over', async () => {
  const outside = new Outside();
  const results: unknown[] = [];
  const late = saga<null>('late', async (_, steps) => {
    await outside.step(steps, 'a');
    const slow = steps.step(
      'b',
      async () => {
        outside.done.push('b');
        return never();
      },
      {
        undo: async (_, result) => {
          outside.done.push('undo b');
          results.push(result);
        },
        ...{ timeoutMs: 100, attempts: 2 },
      },
    );
    await slow.catch(() => {});
    await outside.step(steps, 'c');
  });
  const opened = await open([late]);
  const id = await start(opened, late, null);
  assert.deepEqual(await ended(opened, id), {
    state: 'compensated',
    cause: 'b: AttemptTimeout: no answer within 100 ms',
  });
  assert.deepEqual(outside.done, ['a', 'b', 'b', 'undo b', 'undo a']);
  assert.deepEqual(results, [undefined]);
});

test('what undoes a step is tried until it succeeds, and bears that there is nothing to undo', async () => {
  const outside = new Outside();
  let tries = 0;
  const stubborn = saga<null>('stubborn', async (_, steps) => {
    await steps.step('a', async () => 'made', {
      undo: async (_, result) => {
        tries += 1;
        if (tries < 4) throw new Error('away');
        outside.done.push(`undo ${result}`);
      },
    });
    await steps.step('b', () => Promise.reject(refused()), {
      undo: () => Promise.reject(new RpcError(Status.NOT_FOUND, 'no such thing')),
    });
  });
  const opened = await open([stubborn]);
  const id = await start(opened, stubborn, null);
  assert.equal((await ended(opened, id)).state, 'compensated');
  assert.deepEqual(outside.done, ['undo made']);
});

test('behind a step that cannot be undone a saga only goes forward, and cannot be cancelled', async () => {
  const outside = new Outside();
  let tries = 0;
  let reached = false;
  const forward = saga<null, string>('forward', async (_, steps) => {
    await outside.step(steps, 'a');
    await outside.step(steps, 'b', { irreversible: true });
    await steps.step('c', async () => {
      reached = true;
      tries += 1;
      if (tries < 4) throw refused();
    });
    return 'done';
  });
  const opened = await open([forward]);
  const id = await start(opened, forward, null);
  await eventually(() => reached);
  assert.equal(await opened.table.cancel(id), false);
  assert.deepEqual(await ended(opened, id), { state: 'succeeded', output: 'done' });
  assert.deepEqual(outside.done, ['a', 'b']);
});

test('a step that cannot be undone and is refused has not acted: what was before it is undone', async () => {
  const outside = new Outside();
  let tries = 0;
  const pivot = saga<null>('pivot', async (_, steps) => {
    await outside.step(steps, 'a');
    await steps.step(
      'b',
      async () => {
        tries += 1;
        throw tries < 5 ? new RpcError(Status.UNAVAILABLE, 'away') : refused();
      },
      { irreversible: true, attempts: 1 },
    );
  });
  const opened = await open([pivot]);
  const id = await start(opened, pivot, null);
  // Though it may be tried once, it is tried until its answer is known.
  await eventually(async () => (await opened.table.read(id))?.attempts === 3, LATEST_MS);
  assert.deepEqual(await ended(opened, id), {
    state: 'compensated',
    cause: 'b: FAILED_PRECONDITION: no',
  });
  assert.equal(tries, 5);
  assert.deepEqual(outside.done, ['a', 'undo a']);
});

test('who cancels a saga has it undone, and nothing of what undoes it is cancelled', async () => {
  const outside = new Outside();
  const acting = Promise.withResolvers<void>();
  const undoing = Promise.withResolvers<void>();
  let aborted: unknown;
  const cancelled = saga<null>('cancelled', async (_, steps) => {
    await steps.step('a', async () => outside.done.push('a'), {
      undo: async ({ signal }) => {
        undoing.resolve();
        await new Promise((resolve) => setTimeout(resolve, 300));
        outside.done.push(`undo a, ${signal.aborted ? 'cut off' : 'whole'}`);
      },
    });
    await steps.step(
      'b',
      ({ signal }) => {
        acting.resolve();
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
        });
        return never();
      },
      { undo: async () => outside.done.push('undo b') },
    );
  });
  const opened = await open([cancelled]);
  const id = await start(opened, cancelled, null);
  await acting.promise;
  assert.equal(await opened.table.cancel(id), true);
  opened.engine.look();
  await undoing.promise;
  assert.equal(await opened.table.cancel(id), true);
  opened.engine.look();
  assert.deepEqual(await ended(opened, id), {
    state: 'compensated',
    cause: 'b: the saga was cancelled',
  });
  assert.ok(aborted);
  assert.deepEqual(outside.done, ['a', 'undo b', 'undo a, whole']);
});

test('steps that run beside each other are all waited for, and all undone', async () => {
  const outside = new Outside();
  const beside = saga<null>('beside', async (_, steps) => {
    const slow = steps.step(
      'slow',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        outside.done.push('slow');
      },
      { undo: async () => void outside.done.push('undo slow') },
    );
    await Promise.all([
      slow,
      outside.step(steps, 'fast'),
      steps.step('bad', () => Promise.reject(refused())),
    ]);
  });
  const opened = await open([beside]);
  const id = await start(opened, beside, null);
  assert.equal((await ended(opened, id)).state, 'compensated');
  assert.deepEqual(outside.done, ['fast', 'slow', 'undo fast', 'undo slow']);
});

test('a body that misuses steps is told so, and undone', async () => {
  const outside = new Outside();
  const bodies: Record<string, (steps: SagaSteps<unknown>) => Promise<unknown>> = {
    'two steps "a"': (steps) => outside.step(steps, 'a'),
    'must not run beside another': (steps) =>
      Promise.all([outside.step(steps, 'b'), outside.step(steps, 'c', { irreversible: true })]),
    'is irreversible, and has an undo': ({ step }) =>
      step('d', async () => {}, { irreversible: true, undo: async () => {} }),
  };
  const wrong = saga<string>('wrong', async (which, steps) => {
    await outside.step(steps, 'a');
    await bodies[which]?.(steps);
  });
  const opened = await open([wrong]);
  for (const which of Object.keys(bodies)) {
    const end = await ended(opened, await start(opened, wrong, which));
    assert.ok(end.state === 'compensated' && end.cause.includes(which), JSON.stringify(end));
  }
});

test('what a step changes in the database is changed once, and undone only where it was', async () => {
  let lost = 0;
  let undone = 0;
  const change = saga<string>('change', async (which, { step }) => {
    await step(
      'write',
      async ({ transaction }) => {
        const sum = await transaction(async (db) => {
          const { rows } = await sql<{ sum: number }>`
            update balance set sum = sum + 1 returning sum`.execute(db);
          if (which === 'fails') throw refused();
          return rows[0]?.sum;
        });
        lost += 1;
        // Its answer is lost on the way, twice.
        if (lost < 3) throw new Error('lost');
        return sum;
      },
      {
        undo: ({ transaction }) =>
          transaction(async (db) => {
            undone += 1;
            await sql`update balance set sum = sum - 1`.execute(db);
          }),
      },
    );
    if (which === 'undone') throw new Error('undo it');
  });
  const opened = await open([change]);
  await sql`create table balance as select 0 as sum`.execute(opened.database);
  const sum = async () =>
    (await sql<{ sum: number }>`select sum from balance`.execute(opened.database)).rows[0]?.sum;
  await ended(opened, await start(opened, change, 'stays'));
  assert.equal(await sum(), 1);
  assert.equal(lost, 3);
  await ended(opened, await start(opened, change, 'undone'));
  assert.equal(await sum(), 1);
  assert.equal(undone, 1);
  // It never happened.
  await ended(opened, await start(opened, change, 'fails'));
  assert.deepEqual([await sum(), undone], [1, 1]);
});

test('a change that comes after it was undone is not made', async () => {
  const go = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  const straggler = saga<null>('straggler', async (_, { step }) => {
    await step(
      'write',
      async ({ transaction }) => {
        await go.promise;
        transaction((db) => sql`update balance set sum = sum + 1`.execute(db)).then(
          late.resolve,
          late.resolve,
        );
      },
      {
        undo: ({ transaction }) =>
          transaction((db) => sql`update balance set sum = 99`.execute(db)),
        ...{ timeoutMs: 50, attempts: 1 },
      },
    );
  });
  const opened = await open([straggler]);
  await sql`create table balance as select 0 as sum`.execute(opened.database);
  await ended(opened, await start(opened, straggler, null));
  go.resolve();
  assert.match(String(await late.promise), /undone before it was done|no longer owned/);
  const { rows } = await sql`select sum from balance`.execute(opened.database);
  assert.deepEqual(rows, [{ sum: 0 }]);
});

test('a saga waits by the clock of its service, over restarts, and a cancelled one no longer', async () => {
  const clock = new TestClock('2026-01-01T00:00:00Z');
  const asked: boolean[] = [];
  const waiting = saga<null, string>('waiting', async (_, { wait, patched }) => {
    await wait('a day', 24 * 60 * 60_000);
    asked.push(await patched('since then'));
    return 'waited';
  });
  let opened = await open([waiting], { clock });
  const id = await start(opened, waiting, null);
  const other = await start(opened, waiting, null);
  const later = await start(opened, waiting, null, { at: new Date('2026-01-03T00:00:00Z') });
  await eventually(async () => (await opened.engine.steps(id)).length > 0);
  await opened.stop();
  clock.advance(23 * 60 * 60_000);
  opened = await open([waiting], { clock });
  await opened.table.cancel(other);
  assert.deepEqual(await ended(opened, other), {
    state: 'compensated',
    cause: 'a day: the saga was cancelled',
  });
  assert.equal((await opened.table.read(id))?.state, 'running');
  clock.advance(60 * 60_000);
  assert.deepEqual(await ended(opened, id), { state: 'succeeded', output: 'waited' });
  assert.deepEqual(asked, [true]);
  assert.equal((await opened.table.read(later))?.state, 'scheduled');
});

test('a saga that this version does not know, and one whose body is at fault behind the point of no return, go on with a version that does', async () => {
  const outside = new Outside();
  const known = saga<null>('known', async (_, steps) => {
    await outside.step(steps, 'a', { irreversible: true });
    throw new Error('a fault');
  });
  const unknown = saga<null>('unknown', async () => {});
  let opened = await open([known, unknown]);
  const faulty = await start(opened, known, null);
  await eventually(async () => (await opened.table.read(faulty))?.cause.includes('a fault'));
  await opened.stop();
  opened = await open([unknown]);
  await eventually(async () => (await opened.table.read(faulty))?.cause.includes('no saga known'));
  await opened.stop();
  const mended = saga<null, string>('known', async (_, steps) => {
    await outside.step(steps, 'a', { irreversible: true });
    return 'mended';
  });
  opened = await open([mended]);
  assert.deepEqual(await ended(opened, faulty), { state: 'succeeded', output: 'mended' });
  assert.deepEqual(outside.done, ['a']);
});

test('a saga at which processes die is given up, and goes on when somebody says so', async () => {
  const outside = new Outside();
  const deadly = saga<null>('deadly', (_, steps) => outside.step(steps, 'a'));
  let opened = await open([deadly]);
  const id = await start(opened, deadly, null);
  await ended(opened, id);
  await opened.stop();
  // As if many processes had died at it.
  await query(
    databaseUrl,
    `delete from dbos.operation_outputs;
     update weft.saga set state = 'running', ended_at = null;
     update dbos.workflow_status
       set status = 'ENQUEUED', queue_name = 'sagas', recovery_attempts = 30, owner_xid = null`,
  );
  opened = await open([deadly]);
  await eventually(async () => Boolean((await opened.table.read(id))?.given_up_at), LATEST_MS);
  assert.deepEqual(outside.done, ['a']);
  await opened.table.retry(id);
  await opened.engine.revive(id);
  assert.equal((await ended(opened, id)).state, 'succeeded');
  assert.deepEqual(outside.done, ['a', 'a']);
});
