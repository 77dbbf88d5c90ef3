import type { ConsulClient } from '../../consul/index.ts';
import { authorize } from '../translate/authorize.ts';
import type { Instances } from '../watch/Instance.ts';
import type { MeshWatcher } from '../watch/MeshWatcher.ts';
import { parseInstances } from '../watch/parseInstances.ts';
import type { AdsStream } from '../xds/AdsStream.ts';
import { callers } from './callers.ts';
import type { ClientStatus, ServiceStatus, Status } from './Status.ts';

/** Services that are asked for at a time when a report needs those that nobody watches. */
const MAX_CONCURRENT_QUERIES = 8;

export interface StatusSources {
  readonly watcher: MeshWatcher;
  readonly ads: { readonly streams: readonly AdsStream[] };
  readonly consul: ConsulClient;
  readonly warnings: { readonly list: readonly string[] };
}

/** Tells what the mesh looks like from this control plane. */
export class StatusReport {
  readonly #sources: StatusSources;
  readonly #startedAt = new Date();

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  /** Asks Consul once for each service that is not watched. @throws ConsulError, AnswerError */
  async make(signal?: AbortSignal): Promise<Status> {
    const { watcher, ads, consul, warnings } = this.#sources;
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
      warnings: warnings.list,
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
    const services: ServiceStatus[] = [];
    for (let at = 0; at < names.length; at += MAX_CONCURRENT_QUERIES) {
      const some = names.slice(at, at + MAX_CONCURRENT_QUERIES);
      services.push(...(await Promise.all(some.map((name) => this.#service(name, signal)))));
    }
    return services;
  }

  async #service(name: string, signal: AbortSignal | undefined): Promise<ServiceStatus> {
    const { watcher } = this.#sources;
    const watched = watcher.instances(name);
    const { instances, complaints } = watched ?? (await this.#ask(name, signal));
    const authorization = watcher.intentions ? authorize(name, watcher.intentions) : undefined;
    return {
      name,
      isWatched: watched !== undefined,
      protocol: protocolOf(watcher, name),
      instances,
      callers: authorization && callers(authorization),
      warnings: [...complaints, ...(authorization?.warnings ?? [])],
    };
  }

  async #ask(name: string, signal: AbortSignal | undefined): Promise<Instances> {
    const path = `/health/connect/${encodeURIComponent(name)}`;
    const answer = await this.#sources.consul.read(path, signal ? { signal } : {});
    return parseInstances(answer.value, undefined);
  }
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
