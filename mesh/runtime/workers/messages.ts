/** What the primary process says to a worker. */
export type ToWorker =
  /** Whether the instance as a whole takes calls, for gRPC health. */
  | { readonly weft: 'state'; readonly serving: boolean }
  | { readonly weft: 'scrape'; readonly id: number }
  /** Drain, and exit. */
  | { readonly weft: 'stop' };

/** What a worker says to the primary process. */
export type ToPrimary =
  /** It takes calls of these gRPC services. */
  | { readonly weft: 'serving'; readonly services: readonly string[] }
  | { readonly weft: 'metrics'; readonly id: number; readonly text: string }
  /** What keeps it from its work, such as a database that is away; no reason: nothing does any more. */
  | { readonly weft: 'notReady'; readonly reason?: string };

const TO_WORKER: ReadonlySet<unknown> = new Set<ToWorker['weft']>(['state', 'scrape', 'stop']);
const TO_PRIMARY: ReadonlySet<unknown> = new Set<ToPrimary['weft']>([
  'serving',
  'metrics',
  'notReady',
]);

/** Undefined: a message that is not the runtime's but the service's own. */
export const readToWorker = (message: unknown): ToWorker | undefined =>
  TO_WORKER.has(Object(message).weft) ? (message as ToWorker) : undefined;

/** Undefined: a message that is not the runtime's but the service's own. */
export const readToPrimary = (message: unknown): ToPrimary | undefined =>
  TO_PRIMARY.has(Object(message).weft) ? (message as ToPrimary) : undefined;
