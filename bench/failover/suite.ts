import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { CallRecord, SteadyLoad } from './client.ts';

const INSTANCES = 3;
const CALLS_PER_SECOND = 500;
/** Of a turn; the kill comes after the first. */
const SECONDS = 4;
const KILL_AFTER_SECONDS = 1;

type Server = Worker<'underWay', number>;

/** What callers lose when one of three instances is killed. */
export const failover: Suite = {
  name: 'failover',

  async prepare({ mesh: startMesh, progress }, cleanup) {
    const mesh = await startMesh();
    await mesh.allow('bench-client', 'bench-echo');
    let instances = 0;
    const startServer = async (): Promise<Server> => {
      instances++;
      const env = { ...mesh.environment, WEFT_INSTANCE: `failover-${instances}` };
      const script = new URL('server.ts', import.meta.url);
      return (await Worker.start<'underWay', number>(script, { env }, cleanup)).worker;
    };
    progress(`failover: starting ${INSTANCES} instances`);
    const servers: Server[] = [];
    for (let i = 0; i < INSTANCES; i++) servers.push(await startServer());
    const { worker: client } = await Worker.start<SteadyLoad, CallRecord[]>(
      new URL('client.ts', import.meta.url),
      { env: mesh.environment },
      cleanup,
    );
    // Connects to all of them, and warms them.
    await client.ask({ callsPerSecond: CALLS_PER_SECOND, seconds: 2, isIdempotent: true });

    const turn = async (isIdempotent: boolean): Promise<Measurement> => {
      const load = { callsPerSecond: CALLS_PER_SECOND, seconds: SECONDS, isIdempotent };
      const calling = client.ask(load);
      // Its failure is reported where it is awaited, also when something before that fails first.
      calling.catch(() => {});
      await sleep(KILL_AFTER_SECONDS * 1_000);
      const victim = servers.shift() as Server;
      const underWay = await victim.ask('underWay');
      const killedAt = Date.now();
      await victim.kill();
      const measurement = measure(await calling, killedAt, underWay);
      servers.push(await startServer());
      return measurement;
    };
    return [
      {
        title: `failover, kill -9 of one of ${INSTANCES} at ${CALLS_PER_SECOND} calls/s`,
        unit: 'calls lost',
        warmUpSeconds: 0,
        contenders: [
          { name: 'Weft, idempotent', turn: () => turn(true) },
          { name: 'Weft, not idempotent', turn: () => turn(false) },
        ],
      },
    ];
  },
};

function measure(calls: readonly CallRecord[], killedAt: number, underWay: number): Measurement {
  const failed = calls.filter(({ hasFailed }) => hasFailed);
  const answered = calls.filter(({ hasFailed }) => !hasFailed);
  const times = answered.map(({ endedAt }) => endedAt).sort((a, b) => a - b);
  const gaps = times.map((time, index) => time - (times[index - 1] ?? time));
  const after = answered.filter(({ endedAt }) => endedAt >= killedAt);
  return {
    value: failed.length,
    // A call that failed before anything was killed says that the run is worth nothing.
    errors: failed.filter(({ endedAt }) => endedAt < killedAt - 1).length,
    extra: {
      'under way on it': underWay,
      'last failure after ms': Math.max(0, ...failed.map(({ endedAt }) => endedAt - killedAt)),
      'longest silence ms': Math.max(...gaps),
      'slowest answer ms': Math.max(...after.map(({ sentAt, endedAt }) => endedAt - sentAt)),
      calls: calls.length,
    },
  };
}
