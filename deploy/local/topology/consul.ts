import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerTokens, serverTokens } from '../acl/serverTokens.ts';
import type { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import type { Ports } from '../settings/ports.ts';
import { askHttp } from '../setup/askHttp.ts';
import { writePrivately } from '../setup/writePrivately.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';

/** The name of its node. */
export const CONSUL_NODE = 'weft-local';

/** One Consul server that is its own cluster, with its certificate authority and web page on. */
export function consulProcess(
  folders: Folders,
  { ports, secure }: MeshSettings,
  binary: string,
): ProcessSpec {
  const url = `http://127.0.0.1:${ports.consul}`;
  return {
    name: 'consul',
    group: 'core',
    command: [binary, 'agent', `-config-file=${join(folders.consul, 'config.json')}`],
    directory: folders.consul,
    environment: {},
    stopSeconds: 15,
    ports: [ports.consul, ports.consulServer, ports.consulSerf, ports.consulGrpc],
    where: `${url}/ui`,
    async check(signal) {
      const leader = JSON.parse(await askHttp(`${url}/v1/status/leader`, signal));
      if (!leader) throw new Error('has no leader yet');
      await askHttp(`${url}/v1/connect/ca/roots`, signal);
      if (!secure) return;
      const { management } = await serverTokens(folders);
      await askHttp(`${url}/v1/acl/token/self`, signal, management);
    },
  };
}

/** Writes its configuration. */
export async function prepareConsul(
  folders: Folders,
  { ports, secure }: MeshSettings,
): Promise<void> {
  const tokens = secure ? await serverTokens(folders) : undefined;
  await mkdir(folders.consul, { recursive: true, mode: 0o700 });
  await writePrivately(
    join(folders.consul, 'config.json'),
    JSON.stringify(consulConfig(folders, ports, tokens), null, 2),
  );
}

/** @see https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file */
export function consulConfig(folders: Folders, ports: Ports, tokens?: ServerTokens): object {
  return {
    datacenter: 'dc1',
    // The name stays with the data, also on a machine whose own name changes.
    node_name: CONSUL_NODE,
    data_dir: join(folders.consul, 'data'),
    server: true,
    bootstrap_expect: 1,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    ports: {
      http: ports.consul,
      server: ports.consulServer,
      serf_lan: ports.consulSerf,
      serf_wan: -1,
      dns: -1,
      // For Consul's own sidecars.
      grpc: ports.consulGrpc,
      grpc_tls: -1,
    },
    connect: { enabled: true },
    // Who may call whom is only what an intention says.
    default_intention_policy: 'deny',
    ui_config: { enabled: true },
    // Elections as fast as on a production cluster: the default suits small machines.
    performance: { raft_multiplier: 1, leave_drain_time: '0s' },
    // Each process of the mesh holds some blocking queries, and all come from one address here.
    limits: { http_max_conns_per_client: 4000 },
    ...(tokens && {
      acl: {
        enabled: true,
        default_policy: 'deny',
        // The agent's own token is told to it once, when it has been made: it then registers its node at once.
        enable_token_persistence: true,
        tokens: { initial_management: tokens.management },
      },
    }),
    disable_update_check: true,
    log_level: 'info',
  };
}
