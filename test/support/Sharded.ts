import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GetAssetSummaryRequest } from '@weft/proto/market/v1/analytics';
import { directCall } from './directCall.ts';
import type { MeshProgram } from './MeshProgram.ts';
import type { TestMesh } from './TestMesh.ts';
import { waitFor } from './waitFor.ts';

const main = join(import.meta.dirname, '../../services/market/analytics/main.ts');
const NOT_FOUND = 5;

/** Two instances of analytics on one database, behind a ring by the header `x-symbol`. */
export class Sharded {
  readonly #mesh: TestMesh;
  readonly #identity: string;
  readonly #second: MeshProgram;

  private constructor(mesh: TestMesh, identity: string, second: MeshProgram) {
    this.#mesh = mesh;
    this.#identity = identity;
    this.#second = second;
  }

  /** Starts a second instance beside the one that the mesh has. */
  static async start(mesh: TestMesh): Promise<Sharded> {
    const resolver = {
      Kind: 'service-resolver',
      Name: 'analytics',
      LoadBalancer: {
        Policy: 'ring_hash',
        HashPolicies: [{ Field: 'header', FieldValue: 'x-symbol' }],
      },
    };
    await mesh.consul.write('/config', resolver);
    const second = await mesh.program([process.execPath, main], {
      DATABASE_URL: mesh.databaseUrl('analytics'),
      WEFT_INSTANCE: '2',
    });
    const sharded = new Sharded(mesh, await mesh.newIdentity('cli'), second);
    await waitFor('two instances of analytics', async () => {
      if (!second.isRunning) throw new Error(second.output);
      return (await sharded.#addresses()).length === 2;
    });
    return sharded;
  }

  /** The instances, by their address, that know of each symbol. */
  async keepers(symbols: readonly string[]): Promise<Map<string, string[]>> {
    const addresses = await this.#addresses();
    const known = new Map<string, string[]>();
    for (const symbol of symbols) {
      const codes = await Promise.all(addresses.map((address) => this.#ask(address, symbol)));
      for (const code of codes) assert.ok(code === 0 || code === NOT_FOUND, `status ${code}`);
      known.set(
        symbol,
        addresses.filter((_, at) => codes[at] === 0),
      );
    }
    return known;
  }

  /** Ends the second instance in order. */
  async stopSecond(): Promise<void> {
    await this.#second.stop();
    await waitFor('one instance', async () => (await this.#addresses()).length === 1);
  }

  async #addresses(): Promise<string[]> {
    const instances = await this.#mesh.instances('analytics');
    return instances.map(({ Address, Port }) => `${Address}:${Port}`);
  }

  async #ask(address: string, assetSymbol: string): Promise<number> {
    const error = await directCall({
      address,
      path: '/market.v1.AnalyticsService/GetAssetSummary',
      identity: this.#identity,
      roots: join(this.#mesh.identity('gateway-1'), 'roots.pem'),
      request: GetAssetSummaryRequest.encode({ assetSymbol }).finish(),
    });
    return error?.code ?? 0;
  }
}
