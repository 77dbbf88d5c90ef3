import type { Http2ServerRequest } from 'node:http2';
import { RpcError, Status } from '@weft/mesh/runtime';
import { invalidArgument } from '../../../kit/invalidArgument.ts';

const MOST_BYTES = 16_384;

/**
 * The fields of a form (application/x-www-form-urlencoded), at most 16 KiB of it.
 *
 * @throws RpcError INVALID_ARGUMENT for another type, RESOURCE_EXHAUSTED for a longer one.
 */
export async function readForm(request: Http2ServerRequest): Promise<URLSearchParams> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    throw invalidArgument('content-type', 'must be application/x-www-form-urlencoded');
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) {
      throw new RpcError(Status.RESOURCE_EXHAUSTED, `a form has at most ${MOST_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
