import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import parseRange from 'range-parser';
import type { BlobInfo, ByteRange } from './BlobStore.ts';
import type { Blobs } from './Blobs.ts';

export interface SendOptions {
  /** Whether shared caches may keep it: it is for anybody who has its path. Default: false. */
  readonly isPublic?: boolean;
  /** Name for a file that is saved. Default: the blob's id. */
  readonly fileName?: string;
}

/** A year, the longest that caches mind. What is under an id never changes. */
const FRESH = 'max-age=31536000, immutable';

/** Types that a browser shows and does not run. Others are saved. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/|video\/|text\/plain$)/;

/**
 * Answers GET and HEAD with a blob: by ranges, by its id as ETag, to be kept for a year. A browser takes its type as it is
 * said, runs nothing of it, and saves what it does not show as a picture, sound or film.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export async function sendBlob(
  blobs: Blobs,
  blob: BlobInfo,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  { isPublic = false, fileName = blob.id }: SendOptions = {},
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const etag = `"${blob.id}"`;
  const headers = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': `${isPublic ? 'public' : 'private'}, ${FRESH}`,
    'content-type': blob.contentType,
    'content-disposition': disposition(blob.contentType, fileName),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (knows(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  const range = rangeOf(request, blob, etag);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${blob.sizeBytes}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: blob.sizeBytes - 1 };
  response.setHeader('content-length', end - start + 1);
  if (range) response.setHeader('content-range', `bytes ${start}-${end}/${blob.sizeBytes}`);
  response.writeHead(range ? 206 : 200);
  if (request.method === 'HEAD') response.end();
  else await pipeline(Readable.from(blobs.read(blob, { start, end })), response);
}

/** Whether a list such as `"a", W/"b"` has it, or is any. */
function knows(list: string | undefined, etag: string): boolean {
  const known = list?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? [];
  return known.includes(etag) || known.includes('*');
}

/** Undefined: all of it, which is also the answer to several ranges and to what is no range. */
function rangeOf(
  { headers, method }: Http2ServerRequest,
  { sizeBytes }: BlobInfo,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const { range } = headers;
  const condition = headers['if-range'];
  if (method !== 'GET' || range === undefined) return undefined;
  if (condition !== undefined && condition !== etag) return undefined;
  const parsed = parseRange(sizeBytes, range, { combine: true });
  if (parsed === -1) return 'unsatisfiable';
  if (parsed === -2 || parsed.type !== 'bytes' || parsed.length !== 1) return undefined;
  return parsed[0];
}

/** @see https://www.rfc-editor.org/rfc/rfc6266 */
function disposition(type: string, fileName: string): string {
  const kind = SHOWN.test(type) ? 'inline' : 'attachment';
  const escaped = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename*=UTF-8''${escaped}`;
}
