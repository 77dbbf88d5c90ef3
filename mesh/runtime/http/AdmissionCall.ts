import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { type Deadline, Metadata, type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import type { AuthContext } from '@grpc/grpc-js/build/src/auth-context.js';

type Call = Parameters<ServerInterceptor>[1];
type Listener = Parameters<Call['start']>[0];
type Method = Parameters<ServerInterceptor>[0];

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 } as const;

/**
 * A request of HTTP in the form in which interceptors of a grpc-js server know calls, so that what lets calls in or
 * refuses them (the routes and permissions of the control plane, the load) does the same with requests.
 */
export class AdmissionCall implements Call {
  readonly metadata: Metadata;
  readonly #stream: ServerHttp2Stream;
  readonly #host: string;
  readonly #deadline: number;
  readonly #refuse: (code: Status, message: string) => void;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    refuse: (code: Status, message: string) => void,
  ) {
    this.#stream = stream;
    this.#host = headers[':authority'] ?? headers.host ?? '';
    this.#refuse = refuse;
    this.metadata = Metadata.fromHttp2Headers(ofRequest(headers));
    this.#deadline = readTimeout(headers['grpc-timeout']);
  }

  /** Asks the interceptors. Calls `admitted` once all of them have let the request pass, and nothing otherwise. */
  admit(interceptors: readonly ServerInterceptor[], path: string, admitted: () => void): void {
    const same = (bytes: Buffer): Buffer => bytes;
    const method = {
      path,
      requestStream: true,
      responseStream: true,
      requestDeserialize: same,
      responseSerialize: same,
    } as Method;
    const nothing = () => {};
    interceptors
      .reduce<Call>((call, interceptor) => interceptor(method, call) as Call, this)
      .start({
        onReceiveMetadata: admitted,
        onReceiveMessage: nothing,
        onReceiveHalfClose: nothing,
        onCancel: nothing,
      });
  }

  start(listener: Listener): void {
    listener.onReceiveMetadata(this.metadata);
  }

  sendStatus({ code, details }: Parameters<Call['sendStatus']>[0]): void {
    this.#refuse(code ?? Status.UNKNOWN, details ?? '');
  }

  getDeadline(): Deadline {
    return this.#deadline;
  }

  getHost(): string {
    return this.#host;
  }

  getPeer(): string {
    const { remoteAddress, remotePort } = this.getConnectionInfo();
    return remoteAddress ? `${remoteAddress}:${remotePort}` : 'unknown';
  }

  getConnectionInfo(): ReturnType<Call['getConnectionInfo']> {
    const { localAddress, localPort, remoteAddress, remotePort } =
      this.#stream.session?.socket ?? {};
    return { localAddress, localPort, remoteAddress, remotePort };
  }

  getAuthContext(): AuthContext {
    const socket = this.#stream.session?.socket;
    if (!(socket instanceof TLSSocket) || !socket.authorized) return {};
    const certificate = socket.getPeerCertificate();
    return {
      transportSecurityType: 'ssl',
      ...(certificate.raw && { sslPeerCertificate: certificate }),
    };
  }

  /** A request is read and answered as HTTP: nobody sends or reads messages of this. */
  sendMetadata(): void {}
  sendMessage(_: unknown, callback: () => void): void {
    callback();
  }
  startRead(): void {}
  getMetricsRecorder(): never {
    throw new Error('a request of HTTP records no ORCA metrics');
  }
}

/** Without those that gRPC's metadata cannot hold: names that end in -bin have values of another form. */
function ofRequest(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.endsWith('-bin')));
}

/** Milliseconds since the epoch; Infinity: none. gRPC's header, which the edge sets for requests as for calls. */
function readTimeout(header: string | string[] | undefined): number {
  const [, value, unit] = TIMEOUT.exec(String(header)) ?? [];
  return value ? Date.now() + Number(value) * UNIT_MS[unit as keyof typeof UNIT_MS] : Infinity;
}
