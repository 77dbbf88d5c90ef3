import { controlSocket } from '@weft/mesh/local';
import type { Logger } from 'pino';
import { ConsulClient } from '../consul/index.ts';
import { Contracts } from '../contracts/index.ts';
import { outputLogger } from '../logging/outputLogger.ts';
import type { AddressLimit } from '../manifest/index.ts';
import { AdminServer } from './admin/AdminServer.ts';
import { ControlMetrics } from './admin/ControlMetrics.ts';
import { EntryWarnings } from './admin/EntryWarnings.ts';
import { IntentionWarnings } from './admin/IntentionWarnings.ts';
import { StatusReport } from './admin/StatusReport.ts';
import { MeshResources } from './MeshResources.ts';
import { LastGoodEntries } from './plan/LastGoodEntries.ts';
import { RouteTables } from './plan/RouteTables.ts';
import type { EdgePath } from './translate/httpRoutes.ts';
import { MeshWatcher } from './watch/MeshWatcher.ts';
import { AdsServer } from './xds/AdsServer.ts';

export interface ControlPlaneOptions {
  /**
   * Where to serve xDS: `unix:path`, or loopback `host:port` (port 0: a free one), which another user may take while it does
   * not run. Default: sockets/control.sock in WEFT_HOME, else in .weft.
   */
  readonly listen?: string;
  /** Where to serve health, metrics and status. Default: 127.0.0.1:18001; port 0: a free one. */
  readonly admin?: string;
  /** Default: as the environment says (CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN). */
  readonly consul?: ConsulClient;
  /** Default: the image of WEFT_CONTRACTS, else the one that `make generate` wrote. */
  readonly contracts?: Contracts;
  /**
   * Folder for the last good config entries, which is made when it is not there; control planes of one host may share
   * it. Default: none, they are lost when the process ends.
   */
  readonly state?: string;
  /** Other origins than the edge's own whose pages may call through it; "*" for any. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** Paths at the edge that lead to the HTTP of services. Default: none. */
  readonly http?: readonly EdgePath[];
  /** What one client address may ask of paths at the edge. Default: no more than methods and paths say themselves. */
  readonly addressLimits?: readonly AddressLimit[];
  /** Default: JSON lines to standard output, from level info. */
  readonly log?: Logger;
}

/**
 * Turns what one Consul agent knows into xDS for the processes of its host. Any number may run side by side:
 * all that they keep is which config entries were last good.
 *
 * @example
 * const control = await ControlPlane.start({ listen: '127.0.0.1:0', admin: '127.0.0.1:0' });
 * process.env.WEFT_XDS_SERVER = control.xdsServer;
 * await control.stop();
 */
export class ControlPlane {
  readonly #watcher: MeshWatcher;
  readonly #ads: AdsServer;
  readonly #admin: AdminServer;
  readonly #metrics: ControlMetrics;
  readonly #lastGood: LastGoodEntries;

  private constructor(options: ControlPlaneOptions) {
    const log = (options.log ?? outputLogger({})).child({ component: 'control' });
    const consul = options.consul ?? new ConsulClient();
    const contracts = options.contracts ?? Contracts.load();
    const watcher: MeshWatcher = new MeshWatcher({
      client: consul,
      log,
      changed(change) {
        warnings.apply(change);
        intentionWarnings.apply(change);
        resources.apply(change);
      },
      asked: (path, error) => metrics.asked(path, error),
    });
    const lastGood = new LastGoodEntries(options.state, log);
    const tables = new RouteTables({ contracts, state: watcher, lastGood, log });
    const warnings = new EntryWarnings({ state: watcher, tables, log });
    const intentionWarnings = new IntentionWarnings({ state: watcher, log });
    const { corsOrigins = [], http = [], addressLimits = [] } = options;
    const edge = { corsOrigins, http, addressLimits };
    const resources = new MeshResources(watcher, { contracts, edge, tables });
    const ads = new AdsServer({
      listen: options.listen ?? `unix:${controlSocket()}`,
      source: resources,
      log,
      observed: (type, event) => metrics.observed(type, event),
    });
    const metrics = new ControlMetrics({ watcher, resources, ads });
    const report = new StatusReport({ watcher, ads, consul, warnings, tables });
    this.#watcher = watcher;
    this.#ads = ads;
    this.#metrics = metrics;
    this.#lastGood = lastGood;
    this.#admin = new AdminServer({
      listen: options.admin ?? '127.0.0.1:18001',
      missing: () => watcher.missing,
      routes: (service) => tables.shown(service),
      report,
      metrics,
      log,
    });
  }

  /** Resolves when both ports are open; Consul may still have to answer (see `missing`). */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const control = new ControlPlane(options);
    try {
      await control.#ads.start();
      await control.#admin.start();
    } catch (error) {
      await control.stop();
      throw error;
    }
    return control;
  }

  /** The server_uri for an xDS bootstrap, such as "unix:/run/weft/control.sock". */
  get xdsServer(): string {
    return this.#ads.target;
  }

  /** Such as "http://127.0.0.1:18001". */
  get adminUrl(): string {
    return this.#admin.url;
  }

  /** Questions that Consul has not answered yet. Empty: the control plane is ready. */
  get missing(): readonly string[] {
    return this.#watcher.missing;
  }

  /** Ends streams and queries. Clients keep what they have. */
  async stop(): Promise<void> {
    await Promise.all([
      this.#ads.stop(),
      this.#admin.stop(),
      this.#watcher.stop(),
      this.#metrics.stop(),
    ]);
    await this.#lastGood.flush();
  }
}
