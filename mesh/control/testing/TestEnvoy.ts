import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/freePort.ts';
import { killProgram, spawnProgram } from '../../testing/spawnProgram.ts';
import type { TestIdentity } from '../../testing/writeIdentity.ts';

export interface EdgeReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * A stock Envoy (WEFT_ENVOY_BIN, else `envoy` on PATH) with a static listener that takes its routes from
 * the control plane: the least that an edge needs.
 */
export class TestEnvoy {
  readonly adminUrl: string;
  readonly #process: ChildProcess;
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #port: number;

  private constructor(process: ChildProcess, adminUrl: string, port: number) {
    this.#process = process;
    this.adminUrl = adminUrl;
    this.#port = port;
  }

  static async start(xdsPort: number, identity: TestIdentity): Promise<TestEnvoy> {
    const [listen, admin] = await Promise.all([freePort(), freePort()]);
    const file = join(identity.folder, 'envoy.json');
    await writeFile(file, JSON.stringify(makeConfig(listen, admin, xdsPort, identity)));
    const process = spawnProgram(
      [
        globalThis.process.env.WEFT_ENVOY_BIN ?? 'envoy',
        ...['-c', file, '--use-dynamic-base-id', '--log-level', 'warn', '--concurrency', '1'],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const adminUrl = `http://127.0.0.1:${admin}`;
    try {
      await eventually(async () => (await fetch(`${adminUrl}/ready`)).status === 200, 30_000);
      return new TestEnvoy(process, adminUrl, listen);
    } catch (error) {
      await killProgram(process);
      throw error;
    }
  }

  /** @param from The client's address: each has a rate limit of its own. Default: 127.0.0.1. */
  async request(
    headers: Record<string, string>,
    body?: Buffer,
    from = '127.0.0.1',
  ): Promise<EdgeReply> {
    const session = this.#sessionFrom(from);
    const stream = session.request(headers, { endStream: body === undefined });
    const received: Record<string, string> = {};
    const keep = (more: object) => {
      for (const [name, value] of Object.entries(more)) received[name] = String(value);
    };
    stream.on('response', keep).on('trailers', keep);
    if (body) stream.end(body);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { status: Number(received[':status']), headers: received, body: Buffer.concat(chunks) };
  }

  /** Calls a unary gRPC method with an empty message. */
  grpc(path: string, headers: Record<string, string> = {}, from?: string): Promise<EdgeReply> {
    const grpc = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    };
    return this.request({ ...grpc, ...headers }, Buffer.alloc(5), from);
  }

  #sessionFrom(localAddress: string): ClientHttp2Session {
    const known = this.#sessions.get(localAddress);
    if (known) return known;
    const options = { host: '127.0.0.1', port: this.#port, localAddress };
    const made = connect('http://edge', { createConnection: () => connectTcp(options) });
    this.#sessions.set(localAddress, made);
    return made;
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions.values()) session.destroy();
    await killProgram(this.#process);
  }
}

function makeConfig(listen: number, admin: number, xds: number, identity: TestIdentity): object {
  const address = (port: number) => ({
    socket_address: { address: '127.0.0.1', port_value: port },
  });
  const extension = (name: string, type: string, config: object = {}) => ({
    name,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}`, ...config },
  });
  const http2 = { explicit_http_config: { http2_protocol_options: {} } };
  const ads = { ads: {}, resource_api_version: 'V3' };
  const filters = [
    extension('envoy.filters.http.cors', 'filters.http.cors.v3.Cors'),
    extension(
      'envoy.filters.http.local_ratelimit',
      'filters.http.local_ratelimit.v3.LocalRateLimit',
      { stat_prefix: 'edge' },
    ),
    extension('envoy.filters.http.router', 'filters.http.router.v3.Router'),
  ];
  return {
    node: {
      id: 'gateway-1',
      cluster: 'gateway',
      metadata: { service: 'gateway', 'weft-role': 'edge', 'weft-sds': identity.sds },
    },
    admin: { address: address(admin) },
    // As the gateway's bootstrap has it (gateway/makeBootstrap.ts).
    layered_runtime: {
      layers: [{ name: 'weft', static_layer: { 're2.max_program_size.error_level': 1_000_000 } }],
    },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'weft-control' } }],
      },
      cds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: 'weft-control',
          type: 'STATIC',
          connect_timeout: '1s',
          load_assignment: {
            cluster_name: 'weft-control',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(xds) } }] }],
          },
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              ...http2,
            },
          },
        },
      ],
      listeners: [
        {
          name: 'edge',
          address: address(listen),
          filter_chains: [
            {
              filters: [
                extension(
                  'envoy.filters.network.http_connection_manager',
                  'filters.network.http_connection_manager.v3.HttpConnectionManager',
                  {
                    stat_prefix: 'edge',
                    rds: { route_config_name: 'edge', config_source: ads },
                    http_filters: filters,
                  },
                ),
              ],
            },
          ],
        },
      ],
    },
  };
}
