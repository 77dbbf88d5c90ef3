import type { Contracts } from '@weft/mesh/contracts';
import { freePort } from '@weft/mesh/testing/freePort';
import { makeBootstrap } from '../makeBootstrap.ts';
import { Envoy } from './Envoy.ts';
import { MarketServer } from './MarketServer.ts';
import { withStaticRoutes } from './staticRoutes.ts';

/** A real Envoy with the generated listener before a MarketServer, without a mesh. */
export class StaticEdge {
  readonly url: string;
  readonly port: number;
  readonly envoy: Envoy;
  readonly server: MarketServer;

  private constructor(port: number, envoy: Envoy, server: MarketServer) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.envoy = envoy;
    this.server = server;
  }

  static async start(contracts: Contracts): Promise<StaticEdge> {
    const server = new MarketServer(contracts);
    const [port, adminPort] = [await freePort(), await freePort()];
    const bootstrap = makeBootstrap(contracts, {
      address: '127.0.0.1',
      port,
      adminPort,
      controlPlanes: [],
      identity: '/identity/gateway-1',
    });
    const routed = withStaticRoutes(bootstrap, contracts, await server.start());
    try {
      return new StaticEdge(port, await Envoy.start(routed, adminPort), server);
    } catch (error) {
      server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    this.server.stop();
  }
}
