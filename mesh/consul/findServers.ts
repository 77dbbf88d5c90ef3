import { type ConsulClient, ConsulError } from './client.ts';
import { type GrpcServer, targetOf } from './GrpcServer.ts';

/** The datacenter of an agent, and where its servers take gRPC. */
export interface Servers {
  readonly datacenter: string;
  readonly servers: readonly GrpcServer[];
}

/** What is read of an agent's answer about one of the agents that it knows by gossip. */
interface Member {
  readonly Addr: string;
  /** As Serf counts: 1 is alive. */
  readonly Status: number;
  readonly Tags: Readonly<Record<string, string>>;
}

const PATH = '/agent/members';
const ALIVE = 1;

/**
 * The servers to ask by gRPC: those that the client was told of, else those that the agent knows and that are alive. It
 * knows them by gossip, so it answers this also while Consul has no leader.
 *
 * With a CA file the servers are spoken to by TLS alone; without one by their plain port where they have one, for a
 * server has a port for TLS by default also where it has no certificate for it.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent#list-members
 * @throws ConsulError 403 when the token may not see them; also when the agent cannot be asked, or knows no such server.
 */
export async function findServers(consul: ConsulClient, signal?: AbortSignal): Promise<Servers> {
  const { value } = await consul.read<Member[]>(PATH, signal ? { signal } : {});
  // It knows itself at least. Consul leaves out what a token may not see.
  if (value.length === 0) {
    throw new ConsulError(PATH, 403, 'the token may see no agent (node:read)', undefined);
  }
  const members = value.filter(({ Tags }) => Tags?.role === 'consul' && Tags.dc);
  const [any] = members;
  if (!any) throw new ConsulError(PATH, 200, 'the agent knows no server', undefined);
  const datacenter = any.Tags.dc as string;
  const { servers, caFile } = consul.grpc;
  if (servers) return { datacenter, servers };
  const found = members
    .filter(({ Status }) => Status === ALIVE)
    .flatMap((member) => grpcOf(member, caFile !== undefined) ?? []);
  if (found.length > 0) return { datacenter, servers: found };
  const port = caFile ? 'ports.grpc_tls' : 'ports.grpc';
  const reason = `no server is alive and takes gRPC (${port} in Consul's configuration, or CONSUL_GRPC_ADDR here)`;
  throw new ConsulError(PATH, 200, reason, undefined);
}

function grpcOf({ Addr, Tags }: Member, mustBeTls: boolean): GrpcServer | undefined {
  const plain = Number(Tags.grpc_port);
  const tls = Number(Tags.grpc_tls_port);
  if (plain > 0 && !mustBeTls) return { target: targetOf(Addr, plain), tls: false };
  if (tls > 0) return { target: targetOf(Addr, tls), tls: true };
  return undefined;
}
