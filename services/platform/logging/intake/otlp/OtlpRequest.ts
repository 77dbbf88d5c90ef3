import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
} from '@bufbuild/protobuf';
import type { Contracts } from '@weft/mesh/contracts';

const REQUEST = 'opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest';

/** An `AnyValue` of OpenTelemetry. */
export interface OtlpValue {
  readonly value:
    | { readonly case: 'stringValue'; readonly value: string }
    | { readonly case: 'boolValue'; readonly value: boolean }
    | { readonly case: 'intValue'; readonly value: bigint }
    | { readonly case: 'doubleValue'; readonly value: number }
    | { readonly case: 'arrayValue'; readonly value: { readonly values: readonly OtlpValue[] } }
    | { readonly case: 'kvlistValue'; readonly value: { readonly values: readonly OtlpPair[] } }
    | { readonly case: 'bytesValue'; readonly value: Uint8Array }
    | { readonly case: undefined };
}

export interface OtlpPair {
  readonly key: string;
  readonly value?: OtlpValue;
}

export interface OtlpRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body?: OtlpValue;
  readonly attributes: readonly OtlpPair[];
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly eventName: string;
}

/** What is read of an ExportLogsServiceRequest. */
export interface OtlpRequest {
  readonly resourceLogs: readonly {
    readonly resource?: { readonly attributes: readonly OtlpPair[] };
    readonly scopeLogs: readonly {
      readonly scope?: { readonly name: string };
      readonly logRecords: readonly OtlpRecord[];
    }[];
  }[];
}

/** Reads exports: by protobuf-es, for their times are beyond what the generated messages hold in a number. */
export class OtlpReader {
  readonly #request: DescMessage;

  constructor({ registry }: Contracts) {
    const request = registry.getMessage(REQUEST);
    if (!request) throw new Error(`the contracts have no ${REQUEST}`);
    this.#request = request;
  }

  /** @throws when the bytes are none. */
  fromBinary(bytes: Uint8Array): OtlpRequest {
    return fromBinary(this.#request, bytes) as unknown as OtlpRequest;
  }

  /**
   * As OTLP has it in JSON: protobuf's, but for ids in hexadecimal digits.
   *
   * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
   * @throws when the text is none.
   */
  fromJson(text: string): OtlpRequest {
    const json = JSON.parse(text, (key, value: unknown) =>
      (key === 'traceId' || key === 'spanId') && typeof value === 'string'
        ? Buffer.from(value, 'hex').toString('base64')
        : value,
    ) as JsonValue;
    return fromJson(this.#request, json as JsonObject, {
      ignoreUnknownFields: true,
    }) as unknown as OtlpRequest;
  }
}
