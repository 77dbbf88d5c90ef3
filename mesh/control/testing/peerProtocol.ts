/** What the test asks of a peer process. */
export type PeerRequest =
  | { readonly do: 'serve'; readonly port: number }
  | {
      readonly do: 'call';
      readonly target: string;
      readonly path: string;
      readonly timeoutMs: number;
      readonly headers: Readonly<Record<string, string>>;
    };

/** Outcome of a call. */
export interface CallResult {
  /** gRPC status code. */
  readonly code: number;
  readonly details: string;
  /** Undefined when nobody answered, or with an error. */
  readonly said: PeerReply | undefined;
}

/** What a peer answers to a call, as JSON. */
export interface PeerReply {
  /** Id of the peer. */
  readonly server: string;
  /** Names in the caller's certificate. */
  readonly caller: string;
  /** Time until the deadline; null (Infinity in JSON): there is none. */
  readonly remainingMs: number | null;
}
