import {
  type Context,
  context,
  createContextKey,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { RpcError } from './RpcError.ts';

const KEY = createContextKey('the call that is being served');

// A process that has set up OpenTelemetry itself keeps its own manager.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/**
 * What the calls that a call causes inherit from it: its trace, its deadline, its end, and on whose behalf it is made. It travels through every
 * await, as OpenTelemetry's context; being one itself saves two copies of a map for each call.
 */
export class CallScope implements Context {
  /** Milliseconds since the epoch; Infinity: none. */
  readonly deadline: number;
  /** Says on whose behalf the call is made: goes out with the calls that it causes. Undefined: nobody's. */
  principalToken: string | undefined;
  #span: Span | (() => Span);
  #reason: RpcError | undefined;
  #listeners: Set<(reason: RpcError) => void> | undefined;

  /** @param span The call's span, or how to make it once somebody asks: most calls end before anybody does. */
  constructor(span: Span | (() => Span), deadline: number) {
    this.#span = span;
    this.deadline = deadline;
  }

  get span(): Span {
    if (typeof this.#span === 'function') this.#span = this.#span();
    return this.#span;
  }

  /** The scope that the calling code runs in. */
  static current(): CallScope | undefined {
    return context.active().getValue(KEY) as CallScope | undefined;
  }

  /** Runs a function, and all that it starts, in this scope. */
  run<Result>(work: () => Result): Result {
    return context.with(this, work);
  }

  getValue(key: symbol): unknown {
    if (key === KEY) return this;
    return key === SPAN_KEY ? this.span : undefined;
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copy().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#copy().deleteValue(key);
  }

  #copy(): Context {
    return trace.setSpan(ROOT_CONTEXT, this.span).setValue(KEY, this);
  }

  /** Why nobody waits for the outcome any more; undefined while somebody does. */
  get cancelled(): RpcError | undefined {
    return this.#reason;
  }

  /** Ends whatever has been started for this call. Only the first reason counts. */
  cancel(reason: RpcError): void {
    if (this.#reason) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener(reason);
  }

  /** Calls back once, when cancelled; answers how to take that back. */
  onCancel(listener: (reason: RpcError) => void): () => void {
    if (this.#reason) {
      listener(this.#reason);
      return () => {};
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  /** Waits for a promise, but no longer than until the scope is cancelled. */
  until<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = this.onCancel(reject);
      promise.then(resolve, reject).finally(forget);
    });
  }
}

/** The key that OpenTelemetry keeps the active span under. */
const SPAN_KEY = spanKey();

function spanKey(): symbol {
  const keys: symbol[] = [];
  const recorder: Context = {
    getValue: () => undefined,
    setValue: (key) => {
      keys.push(key);
      return recorder;
    },
    deleteValue: () => recorder,
  };
  trace.setSpan(recorder, trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
  const [key] = keys;
  if (!key) throw new Error('OpenTelemetry keeps no span in its context');
  return key;
}
