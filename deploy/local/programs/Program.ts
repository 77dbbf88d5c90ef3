import type { Progress } from '../Progress.ts';

export type ProgramName =
  | 'consul'
  | 'envoy'
  | 'nats-server'
  | 'postgres'
  | 'supervisord'
  | 'victoria-logs';

/** A real program that the mesh runs, and where it comes from. */
export interface Program {
  readonly name: ProgramName;
  /** Environment variable that names a binary of the user's own, which is then taken as it is. */
  readonly variable: string;
  /** What `variable` names: the binary, or the folder where it lies with those it needs. */
  readonly variableNames: 'file' | 'folder';
  /** Other executables that have to lie beside it. */
  readonly companions: readonly string[];
  /** Oldest version that is taken from PATH, such as "1.22". */
  readonly oldest: string;
  /** Folder below the cache that holds it once installed. Its name changes with the version. */
  cacheName(): Promise<string>;
  /** Path of the binary inside that folder. */
  readonly binary: string;
  /** Installs it into an empty folder. */
  install(folder: string, progress: Progress): Promise<void>;
}
