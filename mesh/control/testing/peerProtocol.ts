/** What the test asks of a peer process. */
export type PeerRequest =
  | {
      readonly do: 'serve';
      readonly port: number;
      /** What the server calls itself in its answers. */
      readonly id: string;
    }
  | {
      /** Has a server of this process answer all calls with INTERNAL, or well again. */
      readonly do: 'fail';
      readonly id: string;
      readonly isFailing: boolean;
    }
  | {
      /** Answers the calls that its servers hold back, at the caller's wish (the header `x-hold`). Answers how many. */
      readonly do: 'release';
    }
  | {
      /** Answers how many calls its servers hold back. */
      readonly do: 'held';
    }
  | {
      readonly do: 'load';
      readonly target: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly calls: number;
    }
  | {
      /** Serves gRPC's admin services, CSDS among them, in plain text. Answers the port. */
      readonly do: 'admin';
    }
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

/** How many calls each server answered, by its id; "code 14" for those that failed. */
export type Tally = Readonly<Record<string, number>>;

/** What a peer answers to a call, as JSON. */
export interface PeerReply {
  /** Id of the server. */
  readonly server: string;
  /** Names in the caller's certificate. */
  readonly caller: string;
  /** Time until the deadline; null (Infinity in JSON): there is none. */
  readonly remainingMs: number | null;
}
