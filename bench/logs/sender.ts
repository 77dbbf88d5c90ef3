/** Sends lines of one service to logging or to VictoriaLogs, and asks them for lines: `sender.ts weft|store SERVICE`. */
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import { quantile } from '../harness/statistics.ts';
import { lineOf, pinoOf, SERVICES, SPAN_MS, storeOf, traceOf, WORD } from './lines.ts';
import type { Batch, Query, Sink } from './Sink.ts';
import { storeSink } from './storeSink.ts';
import { weftSink } from './weftSink.ts';

/** Bring one's part of so many lines, send for so long, or ask for so long. */
export type SenderAsk =
  | { readonly bring: number; readonly now: number }
  | { readonly sendSeconds: number }
  | {
      readonly askSeconds: number;
      readonly by: 'trace' | 'word' | 'service';
      readonly lines: number;
      readonly now: number;
    };

const BATCH = 1_000;
/** Batches that are sent again and again, so that to make them costs nothing of a turn. */
const RING = 40;

const [kind, service = ''] = process.argv.slice(2);
const { WEFT_BENCH_STORE = '', WEFT_BENCH_STORE_PASSWORD_FILE = '' } = process.env;
const sink: Sink =
  kind === 'weft'
    ? await weftSink(service)
    : await storeSink(WEFT_BENCH_STORE, WEFT_BENCH_STORE_PASSWORD_FILE);

/** Lines of the service: each of the services has one in turn. @param first Number of the first. @param timeOf When one was written. */
function batchOf(first: number, timeOf: (line: number) => number): Batch {
  const lines = Array.from({ length: BATCH }, (_, at) => {
    const line = first + at * SERVICES.length;
    return lineOf(line, timeOf(line));
  });
  const store = lines.map((line) => `${storeOf(line, service)}\n`).join('');
  return { pino: lines.map(pinoOf), store: Buffer.from(store) };
}

async function bring(count: number, now: number): Promise<Measurement> {
  const own = (SERVICES as readonly string[]).indexOf(service);
  const timeOf = (line: number) => now - SPAN_MS + Math.floor((line / count) * SPAN_MS);
  for (let line = own; line < count; line += SERVICES.length * BATCH) {
    await sink.send(batchOf(line, timeOf));
  }
  await sink.settle();
  return { value: count, errors: 0 };
}

async function send(seconds: number): Promise<Measurement> {
  const now = Date.now();
  const ring = Array.from({ length: RING }, (_, at) =>
    batchOf(at * BATCH * SERVICES.length, () => now),
  );
  const start = performance.now();
  let sent = 0;
  for (const batch of endlessly(ring)) {
    if (performance.now() - start > seconds * 1_000) break;
    await sink.send(batch);
    sent += BATCH;
  }
  await sink.settle();
  return { value: (sent * 1_000) / (performance.now() - start), errors: 0 };
}

function* endlessly<T>(all: readonly T[]): Generator<T> {
  for (;;) yield* all;
}

async function ask(seconds: number, queryOf: (turn: number) => Query): Promise<Measurement> {
  const times: number[] = [];
  let errors = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1_000) {
    const asked = performance.now();
    if ((await sink.find(queryOf(times.length))) === 0) errors++;
    times.push(performance.now() - asked);
  }
  const elapsed = (performance.now() - start) / 1_000;
  const extra = { 'p50 ms': quantile(times, 0.5), 'p99 ms': quantile(times, 0.99) };
  return { value: times.length / elapsed, errors, extra };
}

serveParent<SenderAsk, Measurement>(undefined, async (order) => {
  if ('bring' in order) return bring(order.bring, order.now);
  if ('sendSeconds' in order) return send(order.sendSeconds);
  const { now, lines, by } = order;
  const all = { from: now - SPAN_MS, to: now };
  return ask(order.askSeconds, (turn) => {
    // Far from the one before, and the same ones for all who are asked.
    const line = (turn * 7_919_003) % lines;
    if (by === 'trace') return { ...all, traceId: traceOf(line) };
    if (by === 'word') return { ...all, word: WORD };
    const from = now - SPAN_MS + Math.floor((line / lines) * (SPAN_MS - 60_000));
    return { service: SERVICES[turn % SERVICES.length] ?? SERVICES[0], from, to: from + 60_000 };
  });
});
