import type { Principal } from '../../principal/index.ts';
import type { CallScope } from '../rpc/CallScope.ts';
import type { RpcError } from '../rpc/RpcError.ts';

/** A call under way. */
export interface ActiveCall {
  /** Whether requests or responses come in streams. */
  readonly streams: boolean;
  readonly scope: CallScope;
  /** Ends it, whether its handler hears of it or not. */
  end(reason: RpcError): void;
  /** On whose behalf it is made; undefined: nobody's, or it is not known yet. */
  readonly principal: Principal | undefined;
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

  /** Tells the calls that have no end of their own to end. */
  endStreams(reason: RpcError): void {
    for (const call of this.#calls) if (call.streams) call.scope.cancel(reason);
  }

  /** Ends those of them that are made on behalf of a principal whom somebody means. */
  endStreamsOf(isMeant: (principal: Principal) => boolean, reason: () => RpcError): void {
    for (const call of this.#calls) {
      if (call.streams && call.principal && isMeant(call.principal)) call.end(reason());
    }
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
