import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contracts } from '@weft/mesh/contracts';
import { freePort } from '@weft/mesh/testing/freePort';
import type { EdgeOptions } from '../EdgeOptions.ts';
import { makeBootstrap } from '../makeBootstrap.ts';
import { Envoy } from './Envoy.ts';
import { MarketServer } from './MarketServer.ts';
import { type RouteOptions, withStaticRoutes } from './staticRoutes.ts';

/** A real Envoy with the generated listener and the control plane's routes before a MarketServer, without a mesh. */
export class StaticEdge {
  readonly url: string;
  readonly port: number;
  readonly envoy: Envoy;
  readonly server: MarketServer;

  readonly #folder: string;

  private constructor(folder: string, port: number, envoy: Envoy, server: MarketServer) {
    this.#folder = folder;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.envoy = envoy;
    this.server = server;
  }

  /**
   * @param options Beside those that it needs.
   * @param routes The same, of the control plane.
   */
  static async start(
    contracts: Contracts,
    options: Partial<EdgeOptions> = {},
    routes: RouteOptions = {},
  ): Promise<StaticEdge> {
    const server = new MarketServer(contracts);
    const folder = await mkdtemp(join(tmpdir(), 'weft-static-edge-'));
    const [port, adminPort] = [await freePort(), await freePort()];
    const bootstrap = makeBootstrap(contracts, {
      address: '127.0.0.1',
      port,
      adminSocket: join(folder, 'envoy.sock'),
      adminPort,
      controlPlanes: [],
      identity: '/identity/gateway-1',
      ...options,
    });
    const routed = await withStaticRoutes(
      ...([bootstrap, contracts, folder] as const),
      await server.start(),
      routes,
    );
    try {
      return new StaticEdge(folder, port, await Envoy.start(routed, adminPort), server);
    } catch (error) {
      server.stop();
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    this.server.stop();
    await rm(this.#folder, { recursive: true });
  }
}
