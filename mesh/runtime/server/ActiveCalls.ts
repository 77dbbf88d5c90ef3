import type { CallScope } from '../rpc/CallScope.ts';
import type { RpcError } from '../rpc/RpcError.ts';

/** A call under way. */
export interface ActiveCall {
  /** Whether requests or responses come in streams. */
  readonly streams: boolean;
  readonly scope: CallScope;
}

/** The calls that a process is serving. */
export class ActiveCalls {
  readonly #calls = new Set<ActiveCall>();
  #onIdle: (() => void) | undefined;
  #ended = 0;

  /** How many have ended since the process began. */
  get ended(): number {
    return this.#ended;
  }

  get size(): number {
    return this.#calls.size;
  }

  add(call: ActiveCall): void {
    this.#calls.add(call);
  }

  delete(call: ActiveCall): void {
    this.#calls.delete(call);
    this.#ended += 1;
    if (this.#calls.size === 0) this.#onIdle?.();
  }

  /** Ends the calls that have no end of their own. */
  endStreams(reason: RpcError): void {
    for (const call of this.#calls) if (call.streams) call.scope.cancel(reason);
  }

  /** Resolves when there are none left, or after `withinMs`: with how many are left. */
  async drain(withinMs: number): Promise<number> {
    if (this.#calls.size === 0) return 0;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.#calls.size;
  }
}
