import type { ConsulClient } from '../../consul/index.ts';
import type { TargetDetails } from '../chain/RouteTable.ts';
import type { RouteTables } from '../plan/RouteTables.ts';
import { authorize } from '../translate/authorize.ts';
import { type Instances, isUsable } from '../watch/Instance.ts';
import type { MeshWatcher } from '../watch/MeshWatcher.ts';
import { parseInstances } from '../watch/parseInstances.ts';
import type { AdsStream } from '../xds/AdsStream.ts';
import { callers } from './callers.ts';
import { emptyTargets } from './emptyTargets.ts';
import type { ClientStatus, ServiceStatus, Status } from './Status.ts';

/** Services that are asked for at a time when a report needs those that nobody watches. */
const MAX_CONCURRENT_QUERIES = 8;

export interface StatusSources {
  readonly watcher: MeshWatcher;
  readonly ads: { readonly streams: readonly AdsStream[] };
  readonly consul: ConsulClient;
  readonly warnings: { readonly list: readonly string[] };
  readonly tables: RouteTables;
}

/** Tells what the mesh looks like from this control plane. */
export class StatusReport {
  readonly #sources: StatusSources;
  readonly #startedAt = new Date();

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  /** Asks Consul once for each service, and subset that routes lead to, that is not watched. @throws ConsulError, AnswerError */
  async make(signal?: AbortSignal): Promise<Status> {
    const { watcher, ads, consul, warnings, tables } = this.#sources;
    return {
      ready: watcher.missing.length === 0,
      missing: watcher.missing,
      startedAt: this.#startedAt.toISOString(),
      consul: { address: consul.address, ...watcher.identity },
      services: await this.#services(signal),
      intentions: [...(watcher.intentions ?? [])].map(([destination, { value, refused }]) => ({
        destination,
        sources: (value?.sources ?? []).map(({ name, action }) => ({ name, action })),
        refused,
      })),
      faults: [...(watcher.faults ?? [])].map(([service, { value, refused }]) => ({
        service,
        fault: value,
        refused,
      })),
      warnings: [...warnings.list, ...(await this.#emptyTargets(signal))],
      broken: tables.broken.map(({ service, broken }) => ({ service, ...broken })),
      clients: ads.streams.map(clientStatus),
      watches: watcher.status.map((watch) => ({
        ...watch,
        answeredAt: watch.answeredAt?.toISOString(),
      })),
    };
  }

  async #services(signal: AbortSignal | undefined): Promise<ServiceStatus[]> {
    const { watcher } = this.#sources;
    const names = (watcher.catalog ?? []).filter((name) => name !== 'consul');
    return mapSome(names, (name) => this.#service(name, signal));
  }

  async #emptyTargets(signal: AbortSignal | undefined): Promise<string[]> {
    const { tables } = this.#sources;
    const hasInstance = async ({ service, filter, onlyPassing }: TargetDetails) => {
      const { instances } = await this.#instances(service, filter, signal);
      return instances.some((one) => isUsable(one) && (!onlyPassing || one.health === 'passing'));
    };
    const all = await mapSome(tables.named, async (service) => {
      const table = tables.shown(service);
      return table ? emptyTargets(table, hasInstance) : [];
    });
    return all.flat();
  }

  async #instances(
    service: string,
    filter: string,
    signal: AbortSignal | undefined,
  ): Promise<Instances> {
    const { watcher, consul } = this.#sources;
    const watched = watcher.instances(service, filter);
    if (watched) return watched;
    const path = `/health/connect/${encodeURIComponent(service)}`;
    const query = { ...(filter ? { filter } : {}), ...(signal ? { signal } : {}) };
    return parseInstances((await consul.read(path, query)).value, undefined);
  }

  async #service(name: string, signal: AbortSignal | undefined): Promise<ServiceStatus> {
    const { watcher } = this.#sources;
    const { instances, complaints } = await this.#instances(name, '', signal);
    const authorization = watcher.intentions ? authorize(name, watcher.intentions) : undefined;
    return {
      name,
      isWatched: watcher.instances(name) !== undefined,
      protocol: protocolOf(watcher, name),
      instances,
      callers: authorization && callers(authorization),
      warnings: [...complaints, ...(authorization?.warnings ?? [])],
    };
  }
}

async function mapSome<In, Out>(
  values: readonly In[],
  make: (value: In) => Promise<Out>,
): Promise<Out[]> {
  const made: Out[] = [];
  for (let at = 0; at < values.length; at += MAX_CONCURRENT_QUERIES) {
    made.push(...(await Promise.all(values.slice(at, at + MAX_CONCURRENT_QUERIES).map(make))));
  }
  return made;
}

function protocolOf({ defaults, routing }: MeshWatcher, service: string): string | undefined {
  const general = routing?.proxyDefaults.get('global')?.value?.protocol;
  const own = defaults?.get(service)?.value;
  return own ? (own.protocol ?? general ?? 'tcp') : general;
}

function clientStatus({ client, since, status }: AdsStream): ClientStatus {
  const { id, service, role, userAgent } = client;
  return { id, service, role, userAgent, since: since.toISOString(), types: status };
}
