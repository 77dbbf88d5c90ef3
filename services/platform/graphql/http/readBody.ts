import type { Http2ServerRequest } from 'node:http2';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { GraphqlReason } from '../GraphqlReason.ts';
import { limits } from '../limits.ts';

/** @throws RpcError OUT_OF_RANGE, reason QUERY_TOO_LARGE, as soon as it is longer than a request may be. */
export async function readBody(request: Http2ServerRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limits.requestBytes) {
      throw new RpcError(
        Status.OUT_OF_RANGE,
        `a request has no more than ${limits.requestBytes} bytes`,
        { details: [errorInfo(GraphqlReason.QUERY_TOO_LARGE)] },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
