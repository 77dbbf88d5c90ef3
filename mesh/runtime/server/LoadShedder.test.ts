import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLogger } from '../testing/TestServer.ts';
import { type EventLoop, LoadShedder } from './LoadShedder.ts';

/** What a refusal costs, in milliseconds: about what it does on real hardware. */
const REFUSAL_MS = 0.03;
const TURN_MS = 100;

interface Load {
  readonly callsPerSecond: number;
  /** CPU time of one call, in milliseconds. */
  readonly workMs: number;
  /** What a call waits for before its work, in milliseconds. Default: nothing. */
  readonly waitMs?: number;
  readonly seconds: number;
  /** The loop stands still for so long, in milliseconds, in the middle of it all. Default: not at all. */
  readonly pauseMs?: number;
}

/**
 * An event loop in simulated time: a turn runs the timers that are due, then the work whose waiting is over, then
 * reads all calls that have come in.
 */
function serve(load: Load, lines: Record<string, unknown>[] = []) {
  let now = 0;
  let idle = 0;
  let timer: { at: number; callback: () => void } | undefined;
  let afterTurn: (() => void) | undefined;
  const loop: EventLoop = {
    now: () => now,
    activeMs: () => now - idle,
    after: (milliseconds, callback) => {
      timer = { at: now + milliseconds, callback };
    },
    nextTurn: (callback) => {
      afterTurn = callback;
    },
  };
  const { callsPerSecond, workMs, waitMs = 0, seconds, pauseMs = 0 } = load;
  const end = seconds * 1_000;
  const arrival = (call: number) => (call * 1_000) / callsPerSecond;
  const waiting: { at: number; arrived: number }[] = [];
  const served: { arrived: number; latency: number }[] = [];
  let refused = 0;
  const ended = () => served.length;
  const shedder = new LoadShedder({ turnMs: TURN_MS, log: memoryLogger(lines), ended, loop });
  let call = 0;
  let paused = false;
  const work = (arrived: number) => {
    now += workMs;
    served.push({ arrived, latency: now - arrived });
  };
  while (now < end) {
    const turn = now;
    if (timer && timer.at <= now) {
      const { callback } = timer;
      timer = undefined;
      callback();
    }
    if (!paused && now > end / 2) {
      paused = true;
      now += pauseMs;
    }
    while (waiting[0] && waiting[0].at <= turn)
      work((waiting.shift() as { arrived: number }).arrived);
    const read = now;
    for (; arrival(call) <= read; call += 1) {
      if (shedder.refuses()) {
        refused += 1;
        now += REFUSAL_MS;
      } else if (waitMs > 0) {
        now += REFUSAL_MS;
        waiting.push({ at: now + waitMs, arrived: arrival(call) });
      } else {
        work(arrival(call));
      }
    }
    const callback = afterTurn;
    afterTurn = undefined;
    callback?.();
    if (!callback && now === turn) {
      now = Math.min(arrival(call), waiting[0]?.at ?? Infinity, timer?.at ?? Infinity);
      idle += now - turn;
    }
  }
  const perSecond = served.length / (now / 1_000);
  // The first second is what it takes to be sure that the load stays.
  const latencies = served.filter(({ arrived }) => arrived > 1_500).map(({ latency }) => latency);
  return {
    refused,
    ofCapacity: (perSecond * workMs) / 1_000,
    worstMs: latencies.reduce((worst, latency) => Math.max(worst, latency), 0),
  };
}

const kinds = [
  { name: 'short calls', workMs: 1, useful: 0.9 },
  // A refusal is not free, and these cost little more than one.
  { name: 'very short calls', workMs: 0.2, useful: 0.6 },
  { name: 'long calls', workMs: 60, useful: 0.9 },
  { name: 'calls that wait first', workMs: 1, waitMs: 5, useful: 0.85 },
  // What is let in shows as work only much later, so it comes in waves.
  { name: 'calls that wait long first', workMs: 1, waitMs: 100, useful: 0.65 },
];

for (const { name, useful, ...kind } of kinds) {
  const share = `${100 * useful} % of what it can do`;
  test(`three times the load of ${name}: ${share} is still done, and no call waits long`, (t) => {
    const { ofCapacity, worstMs, refused } = serve({
      ...kind,
      callsPerSecond: 3_000 / kind.workMs,
      seconds: 20,
    });
    t.diagnostic(`${(100 * ofCapacity).toFixed(1)} % useful, at worst ${worstMs.toFixed(0)} ms`);
    assert.ok(refused > 0);
    assert.ok(ofCapacity > useful, `${ofCapacity} of what it could do`);
    const bound = (kind.waitMs ?? 0) + 3 * (TURN_MS + kind.workMs);
    assert.ok(worstMs < bound, `${worstMs} ms, more than ${bound}`);
  });

  test(`nine tenths of the load of ${name}: none is refused`, () => {
    const { refused } = serve({ ...kind, callsPerSecond: 900 / kind.workMs, seconds: 20 });
    assert.equal(refused, 0);
  });
}

test('a pause, as for garbage, is no overload', () => {
  const { refused } = serve({ workMs: 1, callsPerSecond: 600, seconds: 10, pauseMs: 200 });
  assert.equal(refused, 0);
});

test('an overload is logged when it begins and when it is over', () => {
  const lines: Record<string, unknown>[] = [];
  serve({ workMs: 1, callsPerSecond: 3_000, seconds: 3 }, lines);
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [['warn', 'overloaded: refusing calls']],
  );
});

test('a limit of 0 refuses nothing', () => {
  const shedder = new LoadShedder({ turnMs: 0, log: memoryLogger([]), ended: () => 0 });
  assert.equal(shedder.refuses(), false);
});
