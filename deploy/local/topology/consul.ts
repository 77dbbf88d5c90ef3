import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerTokens, serverTokens } from '../acl/serverTokens.ts';
import type { Progress } from '../Progress.ts';
import type { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import type { Ports } from '../settings/ports.ts';
import { keepSecret } from '../setup/keepSecret.ts';
import { makeServerCertificate, serverCertificate } from '../setup/makeServerCertificate.ts';
import { makeServicesRoot, type ServicesRoot } from '../setup/makeServicesRoot.ts';
import { writePrivately } from '../setup/writePrivately.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { consulClient } from './consulClient.ts';

/** The name of its node. */
export const CONSUL_NODE = 'weft-local';

/** One Consul server that is its own cluster, with its certificate authority and web page on. */
export function consulProcess(
  folders: Folders,
  { ports, insecure }: MeshSettings,
  binary: string,
): ProcessSpec {
  return {
    name: 'consul',
    group: 'core',
    command: [binary, 'agent', `-config-file=${join(folders.consul, 'config.json')}`],
    directory: folders.consul,
    environment: {},
    stopSeconds: 15,
    ports: [ports.consul, ports.consulServer, ports.consulSerf, ports.consulGrpc],
    where: `http://127.0.0.1:${ports.consul}/ui`,
    async check(signal) {
      const { management } = await serverTokens(folders);
      const consul = consulClient(folders, insecure ? '' : management);
      const { value: leader } = await consul.read('/status/leader', { signal });
      if (!leader) throw new Error('has no leader yet');
      await consul.read('/agent/connect/ca/roots', { signal });
      if (!insecure) await consul.read('/acl/token/self', { signal });
    },
  };
}

/** Writes its configuration, and makes what it proves itself by. */
export async function prepareConsul(
  folders: Folders,
  { ports, insecure }: MeshSettings,
  binary: string,
  progress: Progress,
): Promise<void> {
  await mkdir(folders.consul, { recursive: true, mode: 0o700 });
  await makeServerCertificate(folders, binary, progress);
  const root = await makeServicesRoot(folders, binary, progress);
  const gossipKey = await keepSecret(join(folders.secrets, 'consul-gossip'), () =>
    randomBytes(32).toString('base64'),
  );
  const tokens = insecure ? undefined : await serverTokens(folders);
  await writePrivately(
    join(folders.consul, 'config.json'),
    JSON.stringify(consulConfig(folders, ports, { gossipKey, tokens, root }), null, 2),
  );
}

interface ConsulSecrets {
  readonly gossipKey: string;
  /** Undefined where ACLs are off. */
  readonly tokens: ServerTokens | undefined;
  /** Undefined where Consul has one. */
  readonly root: ServicesRoot | undefined;
}

/** @see https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file */
function consulConfig(
  folders: Folders,
  ports: Ports,
  { gossipKey, tokens, root }: ConsulSecrets,
): object {
  const { ca, certificate, key } = serverCertificate(folders);
  return {
    datacenter: 'dc1',
    // The name stays with the data, also on a machine whose own name changes.
    node_name: CONSUL_NODE,
    data_dir: folders.consulData,
    server: true,
    bootstrap_expect: 1,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    // The port is for a browser.
    addresses: { http: `127.0.0.1 unix://${folders.socketOf('consul')}` },
    unix_sockets: { mode: '0600' },
    ports: {
      http: ports.consul,
      server: ports.consulServer,
      serf_lan: ports.consulSerf,
      serf_wan: -1,
      dns: -1,
      grpc: -1,
      grpc_tls: ports.consulGrpc,
    },
    // Another server of this machine that knows neither would be given all that there is, the CA's key among it.
    encrypt: gossipKey,
    tls: {
      defaults: { ca_file: ca, cert_file: certificate, key_file: key },
      internal_rpc: { verify_incoming: true, verify_server_hostname: true },
    },
    connect: {
      enabled: true,
      // Read when there are no data yet: from then on, Consul keeps its root itself.
      ...(root && {
        ca_config: {
          cluster_id: root.clusterId,
          root_cert: root.certificate,
          private_key: root.key,
        },
      }),
    },
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
