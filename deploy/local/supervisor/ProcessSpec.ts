/** In which order processes stop: the last first; those of one group together. */
export const groups = ['core', 'control', 'services', 'edge'] as const;
export type Group = (typeof groups)[number];

/** One process of the mesh, as its supervisor runs it. */
export interface ProcessSpec {
  readonly name: string;
  readonly group: Group;
  readonly command: readonly [string, ...string[]];
  readonly directory: string;
  /** Added to the supervisor's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs as this user; only root can ask for another one than itself. */
  readonly user?: string;
  /** Default: TERM. */
  readonly stopSignal?: 'TERM' | 'INT';
  /** How long it may take to stop before it is killed, in seconds. */
  readonly stopSeconds: number;
  /** Ports it is going to listen on. */
  readonly ports: readonly number[];
  /**
   * Another text when it would read other contracts at its start than it did. Undefined: it reads none, or follows them while
   * it runs.
   */
  readonly contracts?: string | undefined;
  /** Where a person finds it, such as a URL. */
  readonly where: string;
  /**
   * Asks whether it works.
   *
   * @throws with the reason while it does not.
   */
  check(signal: AbortSignal): Promise<void>;
}
