import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** An HTTP/2 stream as Node's C++ knows it. */
interface StreamHandle {
  /** @param headers The fields in a row, and how many there are. Answers an error of nghttp2 as a number below 0. */
  trailers(headers: readonly [fields: string, count: number]): number;
}

type Prototype = Pick<ServerHttp2Stream, 'sendTrailers'>;

/** Major versions of Node whose inner form of headers is the one below. */
const KNOWN = new Set(['22', '24']);
/** May be compressed. */
const NO_FLAGS = '\0';

let done = false;

/**
 * Lets the trailers of gRPC leave with the last bytes of the body. Node asks for them while it writes the body, and then
 * hands them over in a later turn of the event loop, though nghttp2 takes them at once:
 * https://nghttp2.org/documentation/nghttp2_submit_trailer.html. In a Node that is not known all stays as it is.
 *
 * Holds for all of the process.
 *
 * @param stream Any.
 */
export function sendTrailersAtOnce(stream: ServerHttp2Stream): void {
  if (done) return;
  done = true;
  const handleKey = Object.getOwnPropertySymbols(stream).find(
    ({ description }) => description === 'kHandle',
  );
  const [major = ''] = process.versions.node.split('.');
  if (handleKey === undefined || !KNOWN.has(major)) return;
  const prototype = owner(stream, 'sendTrailers') as Prototype;
  const { sendTrailers } = prototype;
  prototype.sendTrailers = function (this: ServerHttp2Stream, headers) {
    const handle = (this as unknown as Record<symbol, StreamHandle | undefined>)[handleKey];
    const fields = 'grpc-status' in headers ? inOneRow(headers) : undefined;
    if (!handle || !fields) return sendTrailers.call(this, headers);
    const result = handle.trailers(fields);
    if (result < 0) this.destroy(new Error(`nghttp2 takes no trailers: ${result}`));
  };
}

/** Name, value and flags of each field, the first two with a NUL behind them. Undefined for values with a NUL. */
function inOneRow(headers: OutgoingHttpHeaders): [fields: string, count: number] | undefined {
  let fields = '';
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (String(one).includes('\0')) return undefined;
      fields += `${name}\0${one}\0${NO_FLAGS}`;
      count += 1;
    }
  }
  return [fields, count];
}

/** The object that a property of `object` is from. */
function owner(object: object, property: string): object {
  return Object.hasOwn(object, property) ? object : owner(Object.getPrototypeOf(object), property);
}
