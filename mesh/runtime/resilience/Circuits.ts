import { status as Status } from '@grpc/grpc-js';
import type { Counter, Meter } from '@opentelemetry/api';
import CircuitBreaker from 'opossum';
import type { Logger } from 'pino';
import type { CallOptions } from '../client/CallOptions.ts';
import { RpcError } from '../rpc/RpcError.ts';
import type { GuardedCall, GuardOptions } from './GuardOptions.ts';
import { isFaultOfUpstream } from './isFaultOfUpstream.ts';

const TIMEOUT_MS = 3_000;
const ERROR_PERCENT = 50;
const MINIMUM_CALLS = 5;
const RESET_MS = 30_000;

/** The controller comes with each call: opossum's own would cancel all calls of the circuit at once. */
type Parameters<Argument> = [controller: AbortController, argument: Argument, options: CallOptions];

type AnyBreaker = Pick<CircuitBreaker, 'opened' | 'halfOpen' | 'shutdown'>;

/** The circuit breakers of a process; their states and outcomes are among its metrics. */
export class Circuits {
  readonly #log: Logger;
  readonly #calls: Counter;
  readonly #breakers = new Map<string, AnyBreaker>();

  constructor(meter: Meter, log: Logger) {
    this.#log = log;
    this.#calls = meter.createCounter('weft.circuit.calls', {
      unit: '{call}',
      description:
        'Calls through a circuit: success, failure, timeout, rejected while open, fallback',
    });
    meter
      .createObservableGauge('weft.circuit.state', {
        unit: '1',
        description: '1 for the state that a circuit is in, 0 for the others',
      })
      .addCallback((result) => {
        for (const [circuit, breaker] of this.#breakers) {
          const now = stateOf(breaker);
          for (const state of STATES) result.observe(state === now ? 1 : 0, { circuit, state });
        }
      });
  }

  /**
   * Guards a call that has a fallback. While the upstream is well the circuit is closed and calls go through. When
   * too many fail or take too long it opens: callers get the fallback at once and the upstream is left in peace.
   * After a while it is half open: one call is tried, and its outcome closes the circuit or opens it again.
   *
   * ```ts
   * const summaryOf = guard(analytics.getAssetSummary, {
   *   name: 'analytics-summary',
   *   fallback: (error, { assetSymbol }) => lastKnown.get(assetSymbol) ?? Promise.reject(error),
   * });
   * const { summary } = await summaryOf({ assetSymbol: 'SP500' });
   * ```
   *
   * @throws when a circuit of this name is there already.
   */
  guard<Argument, Result>(
    call: GuardedCall<Argument, Result>,
    options: GuardOptions<Argument, Result>,
  ): GuardedCall<Argument, Result> {
    const { name, timeoutMs = TIMEOUT_MS } = options;
    if (this.#breakers.has(name)) throw new Error(`there is a circuit "${name}" already`);
    const breaker = new CircuitBreaker<Parameters<Argument>, Result>(
      async (controller, argument, given) => {
        const { signal } = controller;
        const both = given.signal ? AbortSignal.any([given.signal, signal]) : signal;
        return call(argument, { ...given, signal: both });
      },
      {
        name,
        timeout: timeoutMs,
        errorThresholdPercentage: options.errorPercent ?? ERROR_PERCENT,
        volumeThreshold: options.minimumCalls ?? MINIMUM_CALLS,
        resetTimeout: options.resetMs ?? RESET_MS,
        errorFilter: (error: unknown, ...parameters: unknown[]) => {
          const [, , { signal }] = parameters as Parameters<Argument>;
          return signal?.aborted === true || !isFaultOfUpstream(error);
        },
        rollingPercentilesEnabled: false,
      },
    );
    this.#breakers.set(name, breaker);
    this.#count(name, breaker);
    this.#logChanges(name, breaker);
    breaker.on('timeout', (...event: unknown[]) => {
      const [controller] = event[2] as Parameters<Argument>;
      controller.abort(new RpcError(Status.DEADLINE_EXCEEDED, noAnswer(timeoutMs)));
    });
    breaker.fallback((_controller, argument, _options, error) =>
      options.fallback(asRpcError(error, name, timeoutMs), argument),
    );
    return (argument, given = {}) => breaker.fire(new AbortController(), argument, given);
  }

  /** Ends the circuits: calls through them fail from now on. */
  close(): void {
    for (const breaker of this.#breakers.values()) breaker.shutdown();
    this.#breakers.clear();
  }

  #count<Argument, Result>(
    circuit: string,
    breaker: CircuitBreaker<Parameters<Argument>, Result>,
  ): void {
    const outcome = (name: string) => () => this.#calls.add(1, { circuit, outcome: name });
    breaker.on('success', outcome('success'));
    breaker.on('failure', outcome('failure'));
    breaker.on('timeout', outcome('timeout'));
    breaker.on('reject', outcome('rejected'));
    breaker.on('fallback', outcome('fallback'));
  }

  #logChanges<Argument, Result>(
    circuit: string,
    breaker: CircuitBreaker<Parameters<Argument>, Result>,
  ): void {
    breaker.on('open', () => this.#log.warn({ circuit, state: 'open' }, 'circuit opened'));
    breaker.on('halfOpen', () => this.#log.info({ circuit, state: 'half_open' }, 'circuit tries'));
    breaker.on('close', () => this.#log.info({ circuit, state: 'closed' }, 'circuit closed'));
  }
}

const STATES = ['open', 'half_open', 'closed'] as const;

function stateOf(breaker: AnyBreaker): (typeof STATES)[number] {
  if (breaker.opened) return 'open';
  return breaker.halfOpen ? 'half_open' : 'closed';
}

const noAnswer = (timeoutMs: number) => `no answer within ${timeoutMs} ms`;

/** What opossum itself fails with, as a status. */
function asRpcError(error: unknown, circuit: string, timeoutMs: number): unknown {
  switch ((error as { code?: unknown } | undefined)?.code) {
    case 'ETIMEDOUT':
      return new RpcError(Status.DEADLINE_EXCEEDED, noAnswer(timeoutMs));
    case 'EOPENBREAKER':
      return new RpcError(Status.UNAVAILABLE, `the circuit "${circuit}" is open`);
    default:
      return error;
  }
}
