/**
 * A process of the mesh made of stock grpc-js and grpc-js-xds, as a test's child: serves unary methods by
 * telling who it is and what it knows of the call, and calls others.
 */
import {
  addAdminServicesToServer,
  type Client,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import {
  register,
  XdsChannelCredentials,
  XdsServer,
  XdsServerCredentials,
} from '@grpc/grpc-js-xds';
import { listen } from '../../testing/listen.ts';
import type { CallResult, PeerReply, PeerRequest, Tally } from './peerProtocol.ts';

register();
const bytes = (value: Buffer) => value;
const Generic = makeGenericClientConstructor({}, 'test');
const clients = new Map<string, Client>();

function clientOf(target: string): Client {
  const known = clients.get(target);
  if (known) return known;
  const made = new Generic(target, new XdsChannelCredentials(credentials.createInsecure()));
  clients.set(target, made);
  return made;
}

function call(
  target: string,
  path: string,
  timeoutMs: number,
  headers: Readonly<Record<string, string>>,
): Promise<CallResult> {
  const deadline = Date.now() + timeoutMs;
  const metadata = Metadata.fromHttp2Headers(headers);
  return new Promise((resolve) => {
    clientOf(target).makeUnaryRequest(
      path,
      bytes,
      bytes,
      Buffer.alloc(0),
      metadata,
      { deadline },
      (error: ServiceError | null, reply?: Buffer) => {
        resolve({
          code: error?.code ?? 0,
          details: error?.details ?? '',
          said: reply ? (JSON.parse(reply.toString()) as PeerReply) : undefined,
        });
      },
    );
  });
}

/** Calls at a time under load. */
const CONCURRENCY = 20;

async function load(
  target: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  calls: number,
): Promise<Tally> {
  const tally: Record<string, number> = {};
  let left = calls;
  async function callOn(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const { code, said } = await call(target, path, 5_000, headers);
      const who = said?.server ?? `code ${code}`;
      tally[who] = (tally[who] ?? 0) + 1;
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, callOn));
  return tally;
}

const failing = new Set<string>();
let held: (() => void)[] = [];

async function serve(port: number, id: string): Promise<void> {
  // A connection that is being made while the rules change keeps the old ones for this long; and for good, when
  // that is not enough for its TLS handshake.
  const server = new XdsServer({ drainGraceTimeMs: 3_000 });
  let calls = 0;
  const answer = (request: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    calls += 1;
    if (process.env.PEER_FLAKY && calls % 2 === 1) {
      done({ code: status.UNAVAILABLE, details: 'every other call fails' });
      return;
    }
    if (failing.has(id)) {
      done({ code: status.INTERNAL, details: 'told to fail' });
      return;
    }
    const reply: PeerReply = {
      server: id,
      caller: request.getAuthContext().sslPeerCertificate?.subjectaltname ?? '',
      remainingMs: Number(request.getDeadline()) - Date.now(),
    };
    const tell = () => done(null, Buffer.from(JSON.stringify(reply)));
    if (request.metadata.get('x-hold').length > 0) held.push(tell);
    else tell();
  };
  const methods = (process.env.PEER_METHODS ?? '').split(',').filter(Boolean);
  for (const path of methods) server.register(path, answer as never, bytes, bytes, 'unary');
  await listen(server, new XdsServerCredentials(ServerCredentials.createInsecure()), port);
}

function serveAdmin(): Promise<number> {
  const server = new Server();
  addAdminServicesToServer(server);
  return listen(server);
}

function release(): number {
  const released = held;
  held = [];
  for (const tell of released) tell();
  return released.length;
}

async function perform(request: PeerRequest): Promise<unknown> {
  switch (request.do) {
    case 'serve':
      return serve(request.port, request.id);
    case 'release':
      return release();
    case 'held':
      return held.length;
    case 'admin':
      return serveAdmin();
    case 'fail':
      if (request.isFailing) failing.add(request.id);
      else failing.delete(request.id);
      return undefined;
    case 'call':
      return call(request.target, request.path, request.timeoutMs, request.headers);
    case 'load':
      return load(request.target, request.path, request.headers, request.calls);
  }
}

process.on('message', ({ id, request }: { id: number; request: PeerRequest }) => {
  perform(request).then(
    (value) => process.send?.({ id, value }),
    (error: Error) => process.send?.({ id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
