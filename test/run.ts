/**
 * What `make test` runs. WEFT_TEST_ONLY names groups, services or rooms; WEFT_TEST_FILES names files; without them it
 * is all. Units run several at once, whole-mesh runs after them two at once, and at last what bears nothing beside it;
 * whatever fails, all of them run, and one summary counts all.
 */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../services/kit/testing/startPostgres.ts';
import { runInTurn, type TestEvent } from './support/runInTurn.ts';
import { type Selection, selectTests } from './support/selectTests.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Units wait more than they compute, so that two cores bear three; beyond eight, ports and memory get scarce. */
const UNITS_AT_ONCE = Math.min(8, Math.max(3, availableParallelism()));

/** Meshes wait more than they compute: six files took 439 s one after the other, and 249 and 264 s two at once. */
const MESHES_AT_ONCE = Math.min(4, Math.max(2, Math.floor(availableParallelism() / 2)));

async function runTests({ units, wholeMesh, alone }: Selection): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  if (units.some((file) => file.startsWith('services/'))) {
    const postgres = cleanup.adopt(await startPostgres(), (server) => server.stop());
    process.env.WEFT_TEST_DATABASE_URL ??= postgres.url;
  }
  const parts = [
    { files: units, concurrency: UNITS_AT_ONCE },
    { files: wholeMesh, concurrency: MESHES_AT_ONCE },
    { files: alone, concurrency: 1 },
  ];
  async function* events(): AsyncGenerator<TestEvent> {
    const passed = yield* runInTurn(parts);
    if (!passed) process.exitCode = 1;
  }
  await pipeline(Readable.from(events()), new spec(), process.stdout, { end: false });
}

try {
  const { WEFT_TEST_ONLY: only = '', WEFT_TEST_FILES: tests = '' } = process.env;
  await runTests(selectTests(root, { only, tests }));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
