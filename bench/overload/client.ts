/** Calls the echo service: a number of calls at a time, or by a schedule that waits for no answer. */
import { connectMesh, RpcError, Status } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import { quantile } from '../harness/statistics.ts';

/** What to do, for so many seconds. */
export type Load =
  | { readonly inFlight: number; readonly seconds: number }
  | { readonly callsPerSecond: number; readonly seconds: number };

/** An answer that comes later is of no use to anybody. */
const TIMEOUT_MS = 2_000;
const payload = Buffer.alloc(100, 7);

const mesh = await connectMesh({ service: 'bench-client' });
const { echo } = mesh.client(EchoServiceDefinition);

class Tally {
  readonly latencies: number[] = [];
  refused = 0;
  late = 0;
  errors = 0;

  /** @param due When the call should have been made: what a busy client adds counts. */
  async call(due: number): Promise<void> {
    try {
      await echo({ name: 'bench', number: 1, payload }, { timeoutMs: TIMEOUT_MS });
      this.latencies.push(performance.now() - due);
    } catch (error) {
      const code = error instanceof RpcError ? error.code : undefined;
      if (code === Status.RESOURCE_EXHAUSTED) this.refused++;
      else if (code === Status.DEADLINE_EXCEEDED) this.late++;
      else if (this.errors++ === 0) process.stderr.write(`first failed call: ${error}\n`);
    }
  }

  measurement(seconds: number): Measurement {
    const calls = this.latencies.length + this.refused + this.late + this.errors;
    return {
      value: this.latencies.length / seconds,
      errors: this.errors,
      extra: {
        seconds,
        'offered/s': calls / seconds,
        'refused %': (100 * this.refused) / calls,
        'too late %': (100 * this.late) / calls,
        'p50 ms': quantile(this.latencies, 0.5),
        'p99 ms': quantile(this.latencies, 0.99),
      },
    };
  }
}

async function closed(tally: Tally, inFlight: number, end: number): Promise<void> {
  const lane = async () => {
    while (performance.now() < end) await tally.call(performance.now());
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function open(tally: Tally, callsPerSecond: number, end: number): Promise<void> {
  const calls: Promise<void>[] = [];
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = Math.min(performance.now(), end);
      for (;;) {
        const due = start + (calls.length * 1_000) / callsPerSecond;
        if (due > now) break;
        calls.push(tally.call(due));
      }
      if (now < end) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(calls);
}

serveParent<Load, Measurement>(undefined, async (load) => {
  const tally = new Tally();
  const start = performance.now();
  const end = start + load.seconds * 1_000;
  if ('inFlight' in load) await closed(tally, load.inFlight, end);
  else await open(tally, load.callsPerSecond, end);
  // The last answers of an overloaded server come after the last call.
  return tally.measurement((performance.now() - start) / 1_000);
});
