import type { Http2ServerRequest } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type HttpImplementation, implementHttp, RpcError, Status } from '@weft/mesh/runtime';
import type { Intake } from '../Intake.ts';
import { senderOf } from '../senderOf.ts';
import { takeIn } from '../takeIn.ts';
import type { OtlpReader, OtlpRequest } from './OtlpRequest.ts';
import { readOtlpLogs } from './readOtlpLogs.ts';

/** Of an export, as it is sent and unpacked. */
const MAX_BYTES = 4 * 1_048_576;
const BINARY = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

/**
 * Takes exports by HTTP, in protobuf or JSON, packed by gzip or not.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function otlpFace(intake: Pick<Intake, 'take'>, reader: OtlpReader): HttpImplementation {
  return implementHttp('/v1/logs', {
    async request(request, response, context) {
      if (request.method !== 'POST') {
        throw new RpcError(Status.UNIMPLEMENTED, 'logs are sent by POST');
      }
      const [type = ''] = String(request.headers['content-type']).split(';');
      const read = readerOf(type.trim(), reader);
      const service = senderOf(context);
      await takeIn(intake, { service }, readOtlpLogs(read(await bodyOf(request))));
      response.writeHead(200, { 'content-type': type });
      response.end(type === JSON_TYPE ? '{}' : '');
    },
  });
}

/** @throws RpcError INVALID_ARGUMENT for another type, and, when it reads, for what is none. */
function readerOf(type: string, reader: OtlpReader): (body: Buffer) => OtlpRequest {
  if (type !== BINARY && type !== JSON_TYPE) {
    throw new RpcError(Status.INVALID_ARGUMENT, `content-type has to be ${BINARY} or ${JSON_TYPE}`);
  }
  return (body) => {
    try {
      return type === BINARY ? reader.fromBinary(body) : reader.fromJson(body.toString());
    } catch (cause) {
      throw new RpcError(Status.INVALID_ARGUMENT, `the body is no export of logs in ${type}`, {
        cause,
      });
    }
  };
}

async function bodyOf(request: Http2ServerRequest): Promise<Buffer> {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) request.destroy(tooLarge());
  });
  const body = await buffer(request);
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip') {
    throw new RpcError(Status.INVALID_ARGUMENT, 'content-encoding has to be gzip');
  }
  return promisify(gunzip)(body, { maxOutputLength: MAX_BYTES }).catch((cause) => {
    throw cause.code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge()
      : new RpcError(Status.INVALID_ARGUMENT, 'the body is not packed by gzip', { cause });
  }) as Promise<Buffer>;
}

function tooLarge(): RpcError {
  return new RpcError(Status.INVALID_ARGUMENT, `an export has at most ${MAX_BYTES} bytes`);
}
