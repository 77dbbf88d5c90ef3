import type { Ports } from './ports.ts';

/** What one local mesh is started with. */
export interface MeshSettings {
  /** WEFT_HOME: its state folder. */
  readonly home: string;
  readonly ports: Ports;
  /** How many control planes run side by side. */
  readonly controlPlanes: 1 | 2;
  /** Whether Consul's ACLs are off. They are what gives each process a token that is good for its own service only. */
  readonly insecure: boolean;
  /**
   * A PostgreSQL server of one's own, in place of a local one: a URL of a role that may create roles and
   * databases.
   */
  readonly databaseUrl?: string;
  /**
   * What each process has of the environment of whoever started it, by its name: a second start, from another shell,
   * changes nothing of one that runs.
   */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folder of the groups of services. */
  readonly servicesFolder: string;
  /** Names of the services that run, in order. */
  readonly services: readonly string[];
}
