import { implement } from '@weft/mesh/runtime';
import { LogsServiceDefinition } from '@weft/proto/opentelemetry/proto/collector/logs/v1/logs_service';
import type { Intake } from '../Intake.ts';
import { senderOf } from '../senderOf.ts';
import { takeIn } from '../takeIn.ts';
import type { OtlpReader, OtlpRequest } from './OtlpRequest.ts';
import { readOtlpLogs } from './readOtlpLogs.ts';

/** Takes exports of OpenTelemetry's log exporters by gRPC. An export that is sent again is taken again: it has no name. */
export function otlpService(intake: Pick<Intake, 'take'>, reader: OtlpReader) {
  const { fullName, methods } = LogsServiceDefinition;
  const requestType = {
    encode: (): never => {
      throw new TypeError('exports are read here, and not written');
    },
    decode: (bytes: Uint8Array): OtlpRequest => reader.fromBinary(bytes),
  };
  const definition = { fullName, methods: { export: { ...methods.export, requestType } } };
  return implement(definition, {
    async export(request: OtlpRequest, context) {
      await takeIn(intake, { service: senderOf(context) }, readOtlpLogs(request));
      return { partialSuccess: undefined };
    },
  });
}
