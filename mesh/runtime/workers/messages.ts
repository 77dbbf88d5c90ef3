import { z } from 'zod';

/** What the primary process says to a worker. */
const toWorker = z.discriminatedUnion('weft', [
  /** Whether the instance as a whole takes calls, for gRPC health. */
  z.object({ weft: z.literal('state'), serving: z.boolean() }),
  z.object({ weft: z.literal('scrape'), id: z.number() }),
  /** Drain, and exit. */
  z.object({ weft: z.literal('stop') }),
]);

/** What a worker says to the primary process. */
const toPrimary = z.discriminatedUnion('weft', [
  /** It takes calls of these gRPC services. */
  z.object({ weft: z.literal('serving'), services: z.array(z.string()) }),
  z.object({ weft: z.literal('metrics'), id: z.number(), text: z.string() }),
]);

export type ToWorker = z.infer<typeof toWorker>;
export type ToPrimary = z.infer<typeof toPrimary>;

/** Undefined: a message that is not the runtime's but the service's own. */
export const readToWorker = (message: unknown): ToWorker | undefined =>
  toWorker.safeParse(message).data;

/** Undefined: a message that is not the runtime's but the service's own. */
export const readToPrimary = (message: unknown): ToPrimary | undefined =>
  toPrimary.safeParse(message).data;
