import type { ReadLine } from '../../lines/ReadLine.ts';
import { LEVELS, type Level } from '../../lines/StoredLine.ts';
import type { OtlpPair, OtlpRecord, OtlpRequest, OtlpValue } from './OtlpRequest.ts';

/**
 * The lines of an export, as OpenTelemetry's log data model has them.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/
 */
export function readOtlpLogs({ resourceLogs }: OtlpRequest): ReadLine[] {
  return resourceLogs.flatMap(({ resource, scopeLogs }) => {
    const {
      'service.name': service,
      'service.instance.id': instance,
      ...own
    } = fieldsOf(resource?.attributes ?? []);
    return scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords.map((record) => ({
        ...readRecord(record),
        service: typeof service === 'string' ? service : undefined,
        instance: typeof instance === 'string' ? instance : undefined,
        fields: { ...own, ...(scope?.name && { scope: scope.name }), ...recordFields(record) },
      })),
    );
  });
}

function readRecord({
  timeUnixNano,
  observedTimeUnixNano,
  severityNumber,
  body,
  traceId,
}: OtlpRecord): Omit<ReadLine, 'service' | 'instance' | 'fields'> {
  const time = timeUnixNano || observedTimeUnixNano;
  const said = plainOf(body);
  const hasTrace = traceId.length === 16 && traceId.some((byte) => byte !== 0);
  return {
    time: time === 0n ? undefined : time,
    level: levelOf(severityNumber),
    message: typeof said === 'string' ? said : said === undefined ? '' : JSON.stringify(said),
    traceId: hasTrace ? Buffer.from(traceId).toString('hex') : undefined,
  };
}

function recordFields({ attributes, spanId, eventName, severityText }: OtlpRecord) {
  return {
    ...fieldsOf(attributes),
    ...(spanId.length === 8 && { spanId: Buffer.from(spanId).toString('hex') }),
    ...(eventName && { eventName }),
    ...(severityText && { severityText }),
  };
}

/** Four numbers a level, from 1 for trace to 24 for fatal; 0: not said. */
function levelOf(severity: number): Level {
  if (!(severity >= 1)) return 'info';
  return LEVELS[Math.min(Math.floor((severity - 1) / 4), LEVELS.length - 1)] ?? 'info';
}

function fieldsOf(pairs: readonly OtlpPair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainOf(value)]));
}

function plainOf(any: OtlpValue | undefined): unknown {
  const value = any?.value ?? { case: undefined };
  switch (value.case) {
    case undefined:
      return undefined;
    case 'arrayValue':
      return value.value.values.map(plainOf);
    case 'kvlistValue':
      return fieldsOf(value.value.values);
    case 'bytesValue':
      return Buffer.from(value.value).toString('base64');
    case 'intValue':
      return String(value.value);
    default:
      return value.value;
  }
}
