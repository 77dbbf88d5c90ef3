import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';

const END_OF_HEAD = '\r\n\r\n';
/** An answer to an upgrade is some lines. */
const LONGEST_HEAD = 16_384;
/** Of HTTP/1.1 connections: HTTP/2 forbids them (RFC 9113, 8.2.2). */
const HOP_BY_HOP = new Set(['connection', 'upgrade', 'transfer-encoding', 'keep-alive']);

/**
 * The socket of a WebSocket that came as an extended CONNECT of HTTP/2 (RFC 8441), for libraries that write the answer of
 * HTTP/1.1 (`101 Switching Protocols`) to it: that becomes the answer of HTTP/2 (`:status` 200), and all after it is the
 * socket's own.
 */
export class UpgradeSocket extends Duplex {
  readonly #stream: ServerHttp2Stream;
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(stream: ServerHttp2Stream) {
    super();
    this.#stream = stream;
    stream.on('data', (chunk) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.once('end', () => this.push(null));
    stream.once('close', () => this.destroy());
    stream.once('error', (error) => this.destroy(error));
    stream.pause();
  }

  /** What libraries say to TCP sockets; an HTTP/2 stream has neither. */
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#head) {
      this.#stream.write(chunk, done);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) {
      done(
        this.#head.length > LONGEST_HEAD ? new Error('the answer to the upgrade is endless') : null,
      );
      return;
    }
    const { status, headers } = readHead(this.#head.toString('latin1', 0, end));
    const rest = this.#head.subarray(end + END_OF_HEAD.length);
    this.#head = undefined;
    if (!this.#stream.destroyed) {
      this.#stream.respond({ ...headers, ':status': status === 101 ? 200 : status });
    }
    if (rest.length > 0) this.#stream.write(rest, done);
    else done();
  }

  override _final(done: (error?: Error | null) => void): void {
    // Refused without a word, as when a socket is closed.
    if (this.#head && !this.#stream.destroyed && !this.#stream.headersSent) {
      this.#stream.respond({ ':status': 400 });
    }
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }
}

function readHead(head: string): { status: number; headers: OutgoingHttpHeaders } {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers: OutgoingHttpHeaders = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !HOP_BY_HOP.has(name)) headers[name] = line.slice(colon + 1).trim();
  }
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 500), headers };
}
