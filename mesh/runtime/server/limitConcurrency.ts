import { overloaded } from './overloaded.ts';

type Handler = (input: never, context: never) => unknown;

/**
 * A bulkhead: lets a handler work on at most `limit` calls at the same time and refuses more at once. A call counts
 * until its handler is done with it, also when its caller has gone before: what the handler holds, it holds till then.
 *
 * @param onRefused Told of each refusal.
 */
export function limitConcurrency(
  handler: Handler,
  { limit, responseStream, onRefused }: Bulkhead,
): Handler {
  let underWay = 0;
  const enter = () => {
    if (underWay >= limit) {
      onRefused();
      throw overloaded(
        'CONCURRENCY_LIMIT',
        `${limit} calls of this method are being served, and no more at a time`,
      );
    }
    underWay += 1;
  };
  if (responseStream) {
    return async function* limited(input, context) {
      enter();
      try {
        yield* handler(input, context) as AsyncIterable<unknown>;
      } finally {
        underWay -= 1;
      }
    };
  }
  return async (input, context) => {
    enter();
    try {
      return await handler(input, context);
    } finally {
      underWay -= 1;
    }
  };
}

export interface Bulkhead {
  readonly limit: number;
  /** Whether the handler answers an async iterable. */
  readonly responseStream: boolean;
  onRefused(): void;
}
