import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { UnexpectedShape } from './Patch.ts';

/** An HTTP/2 stream as Node's C++ knows it. */
interface StreamHandle {
  /** @param headers The fields in a row, and how many there are. Answers an error of nghttp2 as a number below 0. */
  trailers(headers: readonly [fields: string, count: number]): number;
}

/** May be compressed. */
const NO_FLAGS = '\0';

/**
 * A sendTrailers() for streams of gRPC, with which trailers leave with the last bytes of the body. Node asks for them while
 * it writes the body, and then hands them over in a later turn of the event loop, though nghttp2 takes them at once:
 * https://nghttp2.org/documentation/nghttp2_submit_trailer.html.
 *
 * @param stream One that is open, whose form all others have.
 * @throws UnexpectedShape where Node's streams are not as this knows them.
 */
export function makeSubmitTrailers(stream: ServerHttp2Stream): ServerHttp2Stream['sendTrailers'] {
  const handleKey = Object.getOwnPropertySymbols(stream).find(
    ({ description }) => description === 'kHandle',
  );
  if (!handleKey) throw new UnexpectedShape('a ServerHttp2Stream has no kHandle');
  const handleOf = (each: object): StreamHandle | undefined => Reflect.get(each, handleKey);
  const { trailers } = handleOf(stream) ?? {};
  if (typeof trailers !== 'function') throw new UnexpectedShape('kHandle has no method trailers');
  return function submitTrailers(this: ServerHttp2Stream, headers) {
    const handle = handleOf(this);
    const fields = inOneRow(headers);
    // One that is closed, or what only Node can tell is wrong.
    if (!handle || !fields) return Object.getPrototypeOf(this).sendTrailers.call(this, headers);
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
