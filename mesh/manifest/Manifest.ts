import type { Access } from '../contracts/index.ts';

/** A service's manifest, `service.yaml` in its folder: what is to be known of it without running its code. */
export interface Manifest {
  /** Name in Consul, such as "analytics". No other service, group or job has it. */
  readonly name: string;
  /** Names of the services that it calls. Default: none. */
  readonly upstreams?: readonly string[];
  /** Its methods that every service of the mesh may call, whatever its upstreams. Default: none. */
  readonly calledByAll?: readonly string[];
  /** Subjects of the events that it consumes, such as "order.created". Default: none. */
  readonly consumes?: readonly string[];
  /**
   * Names of variables that are for it: with those of whoever runs `make up`, and no others of his, it is started.
   * Default: none.
   */
  readonly environment?: readonly string[];
  /**
   * Variables that `make up` gives it where its starter's environment and `environment` say nothing else: what stands in, on
   * a developer's machine, for what is outside. Default: none.
   */
  readonly development?: Readonly<Record<string, string>>;
  /** Paths of its HTTP that callers outside the mesh reach through the edge. Default: none. */
  readonly http?: readonly HttpPath[];
  /** What one client address may ask of paths at the edge. Default: no more than methods and paths say themselves. */
  readonly addressLimits?: readonly AddressLimit[];
  /** Whether it keeps blobs. Default: false. */
  readonly blobs?: boolean;
  /** Whether it tells in rooms the events that contracts say are told there. Default: false. */
  readonly rooms?: boolean;
  /** Programs that `make up` runs for it, beside those that follow from its database, events and blobs. Default: none. */
  readonly engines?: readonly Engine[];
  /**
   * Whether it is one instance at a time, for what it keeps in memory: it is away while it restarts, where others have a
   * second instance meanwhile. Default: false.
   */
  readonly single?: boolean;
  /** How it runs. Default: `main.ts` beside the manifest, on the TypeScript runtime. */
  readonly run?: ProgramRun;
  /** Commands that come with it and call it, by their names in Consul. Default: none. */
  readonly jobs?: Readonly<Record<string, Job>>;
  /** Data that `make up` starts it with. Default: none. */
  readonly examples?: readonly Example[];
  /** What `make up` tells whoever runs it, once the service is there. Default: nothing. */
  readonly hints?: readonly Hint[];
  /** Not in the file: the folder that the service's own folder lies in, such as "market". */
  readonly group?: string;
}

export const ENGINES = ['victoria-logs'] as const;
export type Engine = (typeof ENGINES)[number];

/** A path at the edge that leads to a service's HTTP, with all that is below it. */
export interface HttpPath {
  /** Such as "/docs". */
  readonly path: string;
  /** Who may call, as weft.policy.v1.Access has it: 'user' and 'role' show an access token, 'api_key' an API key. */
  readonly access: Exclude<Access, 'internal'>;
  /** Of the user, one of them is enough. Default: none, which with access 'role' lets nobody in. */
  readonly roles?: readonly string[];
  /** Of the API key, one of them is enough. Default: none, which with access 'api_key' lets any key in. */
  readonly scopes?: readonly string[];
  /** Whether services of the mesh may call for themselves, without a user. Default: false. */
  readonly allowServices?: boolean;
}

/**
 * A bucket for each client address of the calls of some paths at the edge together, whatever becomes of them: they are counted
 * before anybody looks at who calls.
 */
export interface AddressLimit {
  /** Its name, such as "api". Services that give the same one count together. */
  readonly counter: string;
  /** REST or HTTP paths, such as "/api/tokens", each with all that is below it. */
  readonly paths: readonly string[];
  /** Calls that the bucket holds. */
  readonly requests: number;
  /** Until an empty bucket is full again. */
  readonly seconds: number;
}

/** Something that a service leaves for whoever runs it, such as a token that is good once. */
export interface Hint {
  /** What it is, such as "First administrator". */
  readonly text: string;
  /** Holds it, as a path in the mesh's state folder (WEFT_HOME). Where it is not there, there is nothing to tell. */
  readonly file: string;
}

/** A program in any language, which `weft exec` joins to the mesh. */
export interface ProgramRun {
  /** The program and its arguments. It runs in the service's folder. */
  readonly command: readonly [string, ...string[]];
  /**
   * Packages of PyPI that it needs, pinned with their hashes: a file in the service's folder, as pip reads it. `make up` installs
   * them into an environment of their own, whose `bin` is then first on the program's PATH. Default: none.
   */
  readonly requirements?: string;
  /** Where it serves. Default: a free port, told to it in WEFT_PORT. */
  readonly port?: number;
  /** Healthy while this URL answers 2xx. Default: while the port takes connections. */
  readonly healthHttp?: string;
  /** For sh: run before the program is told to stop. Default: nothing. */
  readonly preStop?: string;
}

/** A command that comes with a service. */
export interface Job {
  /** In TypeScript, as a path from the service's folder. */
  readonly script: string;
  /** The service's methods that it calls, such as "market.v1.TradingService/CreateFeed": it may call no others. */
  readonly calls: readonly string[];
}

/** A call of a job that gives a new mesh something to show. It is made at each start: a second one changes nothing. */
export interface Example {
  /** For people, such as "SP500". */
  readonly name: string;
  /** One of the manifest's jobs. */
  readonly job: string;
  /** Its arguments; the job runs in the service's folder. Default: none. */
  readonly arguments?: readonly string[];
  /** A path at the edge that then answers, such as "/v1/assets/SP500/summary". */
  readonly try?: string;
}

/** What is wrong with manifests: all of it in one message, a line each, with file and key. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}
