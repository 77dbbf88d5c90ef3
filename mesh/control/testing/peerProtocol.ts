/** What the test asks of a peer process. */
export type PeerRequest =
  | { readonly do: 'serve'; readonly port: number }
  | {
      readonly do: 'call';
      readonly target: string;
      readonly path: string;
      readonly timeoutMs: number;
    };

/** Outcome of a call. */
export interface CallResult {
  /** gRPC status code. */
  readonly code: number;
  readonly details: string;
  /** Who answered: the id of the serving peer; empty when none did. */
  readonly server: string;
  /** Names in the caller's certificate, as the server saw it. */
  readonly caller: string;
}
