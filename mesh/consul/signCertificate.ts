import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { type ConsulClient, ConsulError } from './client.ts';
import type { Servers } from './findServers.ts';
import { type GrpcServer, readCaFile } from './GrpcServer.ts';

const METHOD = '/hashicorp.consul.connectca.ConnectCAService/Sign';
/** Of one server: another may be better. Consul itself lets a request wait for half a second at its limit. */
const CALL_MS = 5_000;

/** gRPC's numbers of the statuses that another server would answer as well, and what Consul's HTTP API has for them. */
const SAME_EVERYWHERE: Readonly<Record<number, number>> = {
  // INVALID_ARGUMENT
  3: 400,
  // PERMISSION_DENIED
  7: 403,
  // RESOURCE_EXHAUSTED: csr_max_per_second is the whole cluster's.
  8: 429,
  // UNAUTHENTICATED: a token that Consul does not know.
  16: 403,
};

/**
 * Has Consul's certificate authority sign a certificate signing request, as its dataplane does: by gRPC, of one of its
 * servers, which hands it on to their leader. A client agent does not offer it. When one server cannot be reached or
 * fails, the next is asked.
 *
 * @see https://github.com/hashicorp/consul/blob/main/proto-public/pbconnectca/ca.proto
 * @param csr PEM of PKCS#10 (RFC 2986), with one SPIFFE id as its subject alternative name.
 * @returns the certificate and the intermediates that go with it, PEM.
 * @throws ConsulError 403 when the token may not have this name, 429 at the authority's limit, 400 for a request that
 * it does not take; without a status when no server did it.
 */
export async function signCertificate(
  consul: ConsulClient,
  csr: string,
  { datacenter, servers }: Servers,
  signal?: AbortSignal,
): Promise<string> {
  const failures: string[] = [];
  for (const server of shuffled(servers)) {
    signal?.throwIfAborted();
    try {
      return await askServer(consul, csr, { datacenter, server, signal });
    } catch (error) {
      signal?.throwIfAborted();
      const { code, details, message } = error as ServiceError;
      const status = SAME_EVERYWHERE[code];
      if (status) throw new ConsulError(METHOD, status, details, error);
      failures.push(`${server.target}: ${details || message}`);
    }
  }
  throw new ConsulError(METHOD, undefined, failures.join('; '), undefined);
}

interface Question {
  readonly datacenter: string;
  readonly server: GrpcServer;
  readonly signal: AbortSignal | undefined;
}

/** @throws ServiceError */
async function askServer(
  consul: ConsulClient,
  csr: string,
  { datacenter, server, signal }: Question,
): Promise<string> {
  // Loaded here: of those that have a Consul client, not all sign.
  const { Client, credentials, Metadata } = await import('@grpc/grpc-js');
  const { caFile, serverName = `server.${datacenter}.consul` } = consul.grpc;
  const channel = server.tls
    ? credentials.createSsl(caFile ? readCaFile(caFile) : null)
    : credentials.createInsecure();
  const client = new Client(server.target, channel, {
    // A server is found by its IP address, and known by the name that only servers' certificates have.
    ...(server.tls && {
      'grpc.ssl_target_name_override': serverName,
      'grpc.default_authority': serverName,
    }),
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  const metadata = new Metadata();
  if (consul.token) metadata.set('x-consul-token', consul.token);
  try {
    return await call(client, csr, metadata, signal);
  } finally {
    client.close();
  }
}

function call(
  client: Client,
  csr: string,
  metadata: import('@grpc/grpc-js').Metadata,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + CALL_MS;
    const under = client.makeUnaryRequest(
      METHOD,
      encodeSignRequest,
      decodeSignResponse,
      csr,
      metadata,
      { deadline },
      (error, certificate) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(certificate ?? '');
      },
    );
    const cancel = () => under.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

/** `message SignRequest { string csr = 1; }` */
function encodeSignRequest(csr: string): Buffer {
  return Buffer.from(new BinaryWriter().tag(1, WireType.LengthDelimited).string(csr).finish());
}

/** `message SignResponse { string cert_pem = 2; }` */
function decodeSignResponse(bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes);
  let certificate = '';
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 2 && type === WireType.LengthDelimited) certificate = reader.string();
    else reader.skip(type, field);
  }
  return certificate;
}

/** So that the processes of a host do not all ask the same one. */
function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
