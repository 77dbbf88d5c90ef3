/** Sends ticks to analytics at a steady rate, and times each from its event to its acknowledgement. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectMesh } from '@weft/mesh/runtime';
import {
  MarketDataServiceDefinition,
  type StreamMarketDataRequest,
} from '@weft/proto/market/v1/market_data';
import { serveParent } from '../harness/serveParent.ts';
import { quantile } from '../harness/statistics.ts';

export interface PacedLoad {
  readonly ticksPerSecond: number;
  readonly seconds: number;
}

export interface PacedResult {
  /** Acknowledged. */
  readonly ticksPerSecond: number;
  /** Sent and not acknowledged in the end. */
  readonly lost: number;
  readonly committedP50Ms: number;
  readonly committedP99Ms: number;
}

const MOST_TICKS_PER_BATCH = 4_096;
/** Ticks that are due leave together after this: smaller batches would cost both sides more and gain nothing. */
const FLUSH_MS = 1;
/** One tick of so many is timed. */
const TICKS_PER_SAMPLE = 256;

const mesh = await connectMesh({ service: 'bench-client' });
const client = mesh.client(MarketDataServiceDefinition);
let runs = 0;

serveParent<PacedLoad, PacedResult>(undefined, async ({ ticksPerSecond, seconds }) => {
  runs += 1;
  const source = `bench:${process.pid}:${runs}`;
  const total = Math.floor(ticksPerSecond * seconds);
  const latencies: number[] = [];
  const opened = Promise.withResolvers<void>();
  let startMs = 0;
  let startedAtMs = 0;
  let sent = 0;
  const dueMs = (tick: number) => startMs + (tick / ticksPerSecond) * 1_000;

  async function* requests(): AsyncGenerator<StreamMarketDataRequest> {
    yield { message: { $case: 'open', value: { source } } };
    await opened.promise;
    startMs = performance.now();
    // The clock that analytics compares with; Node's monotonic one drifts away from it within minutes.
    startedAtMs = Date.now();
    while (sent < total) {
      const elapsedMs = performance.now() - startMs;
      const due = Math.min(Math.floor((elapsedMs / 1_000) * ticksPerSecond), total) - sent;
      if (due > 0) yield batch(sent + 1, Math.min(due, MOST_TICKS_PER_BATCH));
      if (due <= MOST_TICKS_PER_BATCH) await sleep(FLUSH_MS);
    }
  }

  function batch(first: number, count: number): StreamMarketDataRequest {
    const price = new Array<number>(count);
    const size = new Array<number>(count);
    const ageUs = new Array<number>(count);
    const spacingUs = 1_000_000 / ticksPerSecond;
    for (let i = 0; i < count; i++) {
      price[i] = 100 + ((first + i) % 1_000) / 100;
      size[i] = ((first + i) % 100) + 1;
      ageUs[i] = Math.round((count - 1 - i) * spacingUs);
    }
    sent += count;
    const latestMs = startedAtMs + (sent / ticksPerSecond) * 1_000;
    const [wholeSeconds, rest] = [Math.floor(latestMs / 1_000), latestMs % 1_000];
    const value = {
      symbols: ['PACED'],
      symbolIndex: new Array<number>(count).fill(0),
      price,
      size,
      latestEventTime: { seconds: wholeSeconds, nanos: Math.round(rest * 1_000) * 1_000 },
      ageUs,
      firstSequence: first,
      sequenceStep: [],
    };
    return { message: { $case: 'batch', value } };
  }

  let timed = 0;
  let acknowledged = 0;
  for await (const { acknowledgedSequence } of client.streamMarketData(requests())) {
    opened.resolve();
    acknowledged = acknowledgedSequence;
    const now = performance.now();
    for (; timed + TICKS_PER_SAMPLE <= acknowledged; timed += TICKS_PER_SAMPLE) {
      latencies.push(now - dueMs(timed + TICKS_PER_SAMPLE));
    }
  }
  return {
    ticksPerSecond: (acknowledged / (performance.now() - startMs)) * 1_000,
    lost: total - acknowledged,
    committedP50Ms: quantile(latencies, 0.5),
    committedP99Ms: quantile(latencies, 0.99),
  };
});
