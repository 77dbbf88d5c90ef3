import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installPrograms } from '../../deploy/local/programs/installPrograms.ts';
import { Contracts } from '../../mesh/contracts/index.ts';
import { planEvents } from '../../mesh/events/index.ts';
import { TestNats } from '../../mesh/testing/TestNats.ts';
import { startPostgres } from '../../services/kit/testing/startPostgres.ts';
import type { Suite, SuiteOptions } from '../harness/Suite.ts';
import { startNats } from '../programs/nats.ts';
import { bareLatency } from './bareLatency.ts';
import { bareStream } from './bareStream.ts';
import { cacheDrops } from './cacheDrops.ts';
import { WeftEvents } from './WeftEvents.ts';

/**
 * Events between two services, from a transaction of the one to a transaction of the other, each once in effect and in order
 * of its key, with commits that wait for the disk; beside NATS alone, of the same server, certificates and payload. Both
 * services are in this process: what they cost, they cost together.
 */
export const events: Suite = {
  name: 'events',

  async prepare(options, cleanup) {
    const { weft, bare, drops } = await startServers(options, cleanup);
    const mesh = await options.mesh();
    const tls = await mesh.newIdentity('bench-ticks');
    const broker = await startNats(tls, options, cleanup);
    return [
      {
        title: 'events, many at once',
        unit: 'events/s',
        baseline: 'JetStream publish alone, pipelined',
        contenders: [
          { name: 'Weft, committed and handled', turn: (seconds) => weft.flood(seconds) },
          await bareStream(bare, cleanup),
        ],
      },
      {
        title: 'one event at a time, from commit to handled',
        unit: 'events/s',
        baseline: 'NATS core alone, from publish to subscriber',
        added: ['p50 us', 'p99 us'],
        contenders: [
          { name: 'Weft, commit to handler', turn: (seconds) => weft.oneByOne(seconds) },
          await bareLatency(tls, broker, cleanup),
        ],
      },
      {
        title: "an event drops a value from two instances' caches, from commit to both without it",
        unit: 'events/s',
        contenders: [drops],
      },
    ];
  },
};

async function startServers(options: SuiteOptions, cleanup: AsyncDisposableStack) {
  const { consul: client } = await options.mesh();
  const { progress: report, signal } = options;
  const installed = await installPrograms({ report, signal }, ['nats-server', 'postgres']);
  process.env.WEFT_NATS_BIN = installed['nats-server'];
  process.env.WEFT_POSTGRES_BIN_DIR = dirname(installed.postgres);
  const contracts = Contracts.load();
  const plan = planEvents(contracts, [
    { name: 'testing-ledger', consumes: [] },
    { name: 'reader', consumes: ['testing-ledger.deposited'] },
  ]);
  const start = async () =>
    cleanup.adopt(await TestNats.start({ client }, plan), (each) => each.stop());
  const postgres = cleanup.adopt(await startPostgres({ fsync: true }), (each) => each.stop());
  const migrations = await mkdtemp(join(tmpdir(), 'weft-bench-events-'));
  cleanup.defer(() => rm(migrations, { recursive: true }));
  await writeFile(
    join(migrations, '001.ts'),
    `export const up = (db) => db.schema.createTable('deposit')
      .addColumn('account', 'text').addColumn('number', 'bigint').execute();`,
  );
  const shared = { contracts, postgresUrl: postgres.url, migrations };
  const weft = await WeftEvents.open({ ...shared, nats: await start() }, cleanup);
  const drops = await cacheDrops({ ...shared, nats: await start() }, cleanup);
  return { weft, bare: await start(), drops };
}
