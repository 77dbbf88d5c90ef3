/** A service's manifest, `service.yaml` in its folder: what is to be known of it without running its code. */
export interface Manifest {
  /** Name in Consul, such as "analytics". No other service, group or job has it. */
  readonly name: string;
  /** Names of the services that it calls. Default: none. */
  readonly upstreams?: readonly string[];
  /** Subjects of the events that it consumes, such as "order.created". Default: none. */
  readonly consumes?: readonly string[];
  /**
   * Names of variables that are for it: with those of whoever runs `make up`, and no others of his, it is started.
   * Default: none.
   */
  readonly environment?: readonly string[];
  /** Paths of its HTTP that callers outside the mesh reach through the edge. Default: none. */
  readonly http?: readonly HttpPath[];
  /** How it runs. Default: `main.ts` beside the manifest, on the TypeScript runtime. */
  readonly run?: ProgramRun;
  /** Commands that come with it and call it, by their names in Consul. Default: none. */
  readonly jobs?: Readonly<Record<string, Job>>;
  /** Data that `make up` starts it with. Default: none. */
  readonly examples?: readonly Example[];
  /** Not in the file: the folder that the service's own folder lies in, such as "market". */
  readonly group?: string;
}

/** A path at the edge that leads to a service's HTTP, with all that is below it. */
export interface HttpPath {
  /** Such as "/docs". */
  readonly path: string;
  /** Who may call, as weft.policy.v1.Access has it: 'user' and 'role' show a bearer token, 'api_key' an API key. */
  readonly access: 'public' | 'user' | 'role' | 'api_key';
  /** With access 'role': one of them is enough. Default: none, which lets nobody in. */
  readonly roles?: readonly string[];
}

/** A program in any language, which `weft exec` joins to the mesh. */
export interface ProgramRun {
  /** The program and its arguments. It runs in the service's folder. */
  readonly command: readonly [string, ...string[]];
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
