import type { ReadLine } from './ReadLine.ts';
import { LEVELS, type Level } from './StoredLine.ts';

const TRACE_ID = /^[0-9a-f]{32}$/;
/** A time of ISO 8601 with all digits of its second. */
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Reads what pino writes: a JSON object. Anything else becomes the message of a line. */
export function readPinoLine(text: string): ReadLine {
  const value = parse(text);
  if (value === undefined) {
    const nothing = { time: undefined, traceId: undefined, service: undefined };
    return {
      ...nothing,
      instance: undefined,
      level: 'info',
      message: text,
      fields: {},
      unparsed: true,
    };
  }
  const {
    time,
    level,
    msg,
    traceId,
    service,
    instance,
    pid: _pid,
    hostname: _host,
    ...rest
  } = value;
  const knownTrace = typeof traceId === 'string' && TRACE_ID.test(traceId);
  return {
    time: timeOf(time),
    level: levelOf(level),
    message: typeof msg === 'string' ? msg : '',
    traceId: knownTrace ? traceId : undefined,
    service: typeof service === 'string' ? service : undefined,
    instance: typeof instance === 'string' ? instance : undefined,
    fields: {
      ...rest,
      ...(typeof msg === 'string' || msg === undefined ? {} : { msg }),
      ...(knownTrace || traceId === undefined ? {} : { traceId }),
    },
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // No JSON.
  }
  return undefined;
}

function timeOf(time: unknown): bigint | undefined {
  if (typeof time === 'number' && Number.isFinite(time)) {
    return BigInt(Math.round(time * 1_000)) * 1_000n;
  }
  const [, second, fraction = '', zone] = (typeof time === 'string' && TIME.exec(time)) || [];
  const milliseconds = Date.parse(`${second}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** pino's numbers are tens: 10 for trace, 60 for fatal. */
function levelOf(level: unknown): Level {
  if (typeof level === 'string') {
    const word = level.toLowerCase();
    return LEVELS.find((each) => each === word) ?? (word === 'warning' ? 'warn' : 'info');
  }
  if (typeof level !== 'number' || !Number.isFinite(level)) return 'info';
  return LEVELS[Math.min(Math.max(Math.floor(level / 10), 1), LEVELS.length) - 1] ?? 'info';
}
