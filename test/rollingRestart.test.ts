import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Status } from '@weft/mesh/runtime';
import { EdgeRig } from './support/EdgeRig.ts';
import {
  type RestartKind,
  type RestartLoad,
  type RestartTallies,
  restartKinds,
} from './support/restartLoad.ts';
import { SteadyLoad } from './support/SteadyLoad.ts';
import { waitFor } from './support/waitFor.ts';

const WAIT_MS = 120_000;
const INSTANCES = ['1', '2'];
const KINDS: readonly RestartKind[] = ['quick', 'slow', 'hanging', 'once'];
/** Long enough that a call fails for what is done to the mesh, and not for a machine that is slow. */
const PATIENT = { timeout: { seconds: 60n } };

/** Calls from outside, by REST through the edge. */
function loadTheEdge(url: string): RestartLoad {
  const ask = async (path: string, body?: object) => {
    const response = await fetch(url + path, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const text = await response.text();
    const isLate = response.status === 504 && JSON.parse(text).code === Status.DEADLINE_EXCEEDED;
    if (!response.ok && !isLate) throw new Error(`${response.status} ${text}`);
    return { isLate, answer: JSON.parse(text) };
  };
  const candles = async (symbol: string) => {
    const { isLate, answer } = await ask(`/v1/assets/${symbol}/candles?interval=60s`);
    assert.ok(!isLate, 'late');
    return answer.nextPageToken as string;
  };
  return new SteadyLoad(
    restartKinds({
      quick: () => candles('A'),
      slow: () => candles('SLOW'),
      hanging: async () => (await ask('/v1/assets/HANGS/summary')).isLate,
      async once() {
        const timestamp = new Date().toISOString();
        const tick = { assetSymbol: 'SLOW', price: 1, timestamp };
        const { isLate, answer } = await ask('/v1/market-data', tick);
        assert.ok(!isLate, 'late');
        return String(answer.success);
      },
    }),
  );
}

suite('A rolling restart', { timeout: 280_000 }, () => {
  let rig: EdgeRig;
  let caller: ChildProcess;
  let outside: RestartLoad;
  /** Ids of the processes that have answered so far. */
  const known = new Set<string>();

  const sayToCaller = async (command: 'tell' | 'stop'): Promise<RestartTallies> => {
    const answer = once(caller, 'message');
    caller.send(command);
    return (await answer)[0];
  };
  const tallies = async () => [outside.tallies, await sayToCaller('tell')];
  const count = (answered: Readonly<Record<string, number>>) =>
    Object.values(answered).reduce((sum, one) => sum + one, 0);

  before(async () => {
    rig = await EdgeRig.start({
      controlPlanes: 2,
      policies: {
        '/market.v1.AnalyticsService/ListCandles': PATIENT,
        '/market.v1.MarketDataService/SendMarketData': PATIENT,
      },
    });
    await rig.startInstance('2');
    caller = fork(fileURLToPath(new URL('support/restartCaller.ts', import.meta.url)), {
      env: { ...process.env, ...rig.environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    outside = loadTheEdge(rig.url);
    await answersFrom(INSTANCES.length);
  });
  after(async () => {
    await outside?.stop();
    caller?.kill('SIGKILL');
    await rig?.stop();
  });

  /** Waits until callers of both sides have had quick and slow answers from so many processes that are new. */
  async function answersFrom(processes: number) {
    const fresh = await waitFor(
      `answers from ${processes} new processes`,
      async () => {
        const seen = (await tallies())
          .flatMap(({ quick, slow }) => [quick, slow])
          .map(({ answered }) => Object.keys(answered).filter((pid) => !known.has(pid)));
        return seen.every(({ length }) => length === processes) && seen.flat();
      },
      WAIT_MS,
    );
    for (const pid of fresh) known.add(pid);
  }

  /** Waits until callers of both sides have had this many more answers. */
  async function moreAnswers(calls: number) {
    const before = (await tallies()).map(({ quick }) => count(quick.answered));
    await waitFor(
      `${calls} more answers`,
      async () =>
        (await tallies()).every(
          ({ quick }, side) => count(quick.answered) >= (before[side] ?? 0) + calls,
        ),
      WAIT_MS,
    );
  }

  async function restartInstance(instance: string) {
    assert.equal(await rig.stopInstance(instance), 0);
    await rig.startInstance(instance);
    await answersFrom(1);
  }

  test('of each service and control plane, one after the other: new ones get their calls', async () => {
    for (const [index, instance] of INSTANCES.entries()) {
      await rig.stopControl(index);
      await moreAnswers(20);
      await rig.startControl(index);
      await restartInstance(instance);
    }
  });

  test('of both control planes at once: calls go on without them, and changes get through again', async () => {
    await Promise.all([rig.stopControl(0), rig.stopControl(1)]);
    await moreAnswers(20);
    await Promise.all([rig.startControl(0), rig.startControl(1)]);
    await restartInstance('1');
  });

  test('has cost callers outside and inside no call, and cut none off', async (t) => {
    const inside = await sayToCaller('stop');
    await outside.stop();
    const failures: string[] = [];
    for (const [side, tally] of Object.entries({ outside: outside.tallies, inside })) {
      for (const kind of KINDS) {
        const { answered, failed } = tally[kind];
        t.diagnostic(`${side}, ${kind}: ${count(answered)} calls answered`);
        assert.ok(count(answered) > 0, `${side}, ${kind}: no load`);
        failures.push(...failed.map((failure) => `${side}, ${kind}: ${failure}`));
      }
    }
    assert.deepEqual(failures, []);
  });
});
