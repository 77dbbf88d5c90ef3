import { createHash } from 'node:crypto';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { RpcError, Status } from '@weft/mesh/runtime';

/** What is served under one path, as it is. */
export class Asset {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Of its content: RFC 9110, 8.8.3. */
  readonly etag: string;

  constructor(bytes: Buffer, type: string, headers: Readonly<Record<string, string>> = {}) {
    this.bytes = bytes;
    this.etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
    this.headers = {
      'content-type': type,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      ...headers,
    };
  }
}

/**
 * Answers with the asset of the request's path; 304 to whoever has it.
 *
 * @throws RpcError NOT_FOUND; UNIMPLEMENTED for another verb than GET and HEAD.
 */
export function serveAsset(
  assets: ReadonlyMap<string, Asset>,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): void {
  const path = request.url.replace(/\?.*$/s, '');
  const asset = assets.get(path);
  if (!asset) throw new RpcError(Status.NOT_FOUND, `no such path: ${path}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  for (const [name, value] of Object.entries(asset.headers)) response.setHeader(name, value);
  response.setHeader('etag', asset.etag);
  if (request.headers['if-none-match']?.split(/,\s*/).includes(asset.etag)) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-length', asset.bytes.length);
  if (request.method === 'HEAD') response.end();
  else response.end(asset.bytes);
}
