import type { Fault } from '../../consul/index.ts';
import type { BrokenEntries } from '../chain/RouteTable.ts';
import type { Instance } from '../watch/Instance.ts';
import type { AdsTypeStatus } from '../xds/AdsStream.ts';

/** What `/status` of the admin port answers. */
export interface Status {
  readonly ready: boolean;
  /** Questions that Consul has not answered yet. */
  readonly missing: readonly string[];
  readonly startedAt: string;
  readonly consul: {
    readonly address: string;
    readonly trustDomain?: string;
    readonly datacenter?: string;
  };
  readonly services: readonly ServiceStatus[];
  readonly intentions: readonly IntentionStatus[];
  readonly faults: readonly FaultStatus[];
  /** What of the routing entries and service-defaults has no effect, by the entries' names. */
  readonly warnings: readonly string[];
  /** Services whose newest routing entries are broken, and what their callers follow instead. */
  readonly broken: readonly BrokenService[];
  readonly clients: readonly ClientStatus[];
  readonly watches: readonly QueryStatus[];
}

/** A service of Consul's catalog, and who may call it. */
export interface ServiceStatus {
  readonly name: string;
  /** Some client uses it: its instances are followed, not just asked for. */
  readonly isWatched: boolean;
  /** Of its service-defaults entry, else of proxy-defaults; undefined: there is neither. */
  readonly protocol: string | undefined;
  readonly instances: readonly Instance[];
  readonly callers: Callers | undefined;
  /** What of its registrations and intentions is not in force. */
  readonly warnings: readonly string[];
}

export interface Callers {
  /** Services that may make any call, sorted. Empty when `othersExcept` is set. */
  readonly allowed: readonly string[];
  /** Set: all services may make any call, except these. */
  readonly othersExcept: readonly string[] | undefined;
  /** Services, or "*", some of whose calls are allowed: by path and headers. */
  readonly byPermissions: readonly string[];
}

/** A service-intentions config entry. */
export interface IntentionStatus {
  /** A service, or "*". */
  readonly destination: string;
  readonly sources: readonly {
    readonly name: string;
    /** 'permissions': each call is judged by its path and headers. */
    readonly action: 'allow' | 'deny' | 'permissions';
  }[];
  /** Why the entry's newest form is not in force. */
  readonly refused: string | undefined;
}

/** A fault on purpose, of Consul's KV. */
export interface FaultStatus {
  /** Whose callers get it. */
  readonly service: string;
  /** Undefined: none is in force. */
  readonly fault: Fault | undefined;
  /** Why what the key holds is not in force. */
  readonly refused: string | undefined;
}

export interface BrokenService extends BrokenEntries {
  readonly service: string;
}

/** A connected xDS client, and how far it has taken what it was sent. */
export interface ClientStatus {
  readonly id: string;
  readonly service: string;
  readonly role: 'service' | 'edge';
  readonly userAgent: string;
  readonly since: string;
  readonly types: readonly AdsTypeStatus[];
}

/** A query that is kept open at Consul. */
export interface QueryStatus {
  readonly path: string;
  readonly index: string | undefined;
  readonly answeredAt: string | undefined;
  readonly failures: number;
  readonly lastError: string | undefined;
}
