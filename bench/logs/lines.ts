/** Whose lines they are. */
export const SERVICES = ['bench-log-1', 'bench-log-2', 'bench-log-3', 'bench-log-4'] as const;
/** A word that one line in so many has. */
export const WORD = 'settlement';
const WORD_EVERY = 1_001;
/** Lines of one trace. */
const TRACE_LINES = 10;
/** Lines say that they were written over this time before: less than logging takes for a wrong clock. */
export const SPAN_MS = 40 * 60_000;

/** A line as a service has it, beside its time and message. */
export interface BenchLine {
  readonly time: string;
  readonly message: string;
  readonly traceId: string;
  readonly rest: Readonly<Record<string, string | number>>;
}

/** 32 hexadecimal digits. @param number Of the trace. */
export function traceId(number: number): string {
  return (BigInt(number + 1) * 0x9e3779b97f4a7c15n).toString(16).padStart(32, '0').slice(-32);
}

/** Trace of a line. */
export function traceOf(line: number): string {
  return traceId(Math.floor(line / TRACE_LINES));
}

/** What a service of trading writes: some 350 bytes of JSON. @param line Its number, of all. @param time In ms since the epoch. */
export function lineOf(line: number, time: number): BenchLine {
  const id = 1_000_003 * line;
  return {
    time: new Date(time).toISOString(),
    message:
      line % WORD_EVERY === 0
        ? `${WORD} ${id} has come`
        : `order ${id} filled at ${(line % 9_973) / 100}`,
    traceId: traceOf(line),
    rest: {
      ...{ method: '/market.trading.v1.TradingService/PlaceOrder', code: 'OK', peer: 'gateway' },
      ...{ durationMs: (line % 7_919) / 1_000, accountId: `account-${line % 4_999}` },
    },
  };
}

/** As pino writes it. */
export function pinoOf({ time, message, traceId, rest }: BenchLine): string {
  return JSON.stringify({ level: 'info', time, ...rest, traceId, msg: message });
}

/** As VictoriaLogs takes it. */
export function storeOf({ time, message, traceId, rest }: BenchLine, service: string): string {
  const instance = `${service}-1`;
  return JSON.stringify({
    ...{ _time: time, _msg: message, service, instance, level: 'info', traceId },
    ...rest,
  });
}
