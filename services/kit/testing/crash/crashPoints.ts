import { NatsConnectionImpl } from '@nats-io/nats-core/internal';
import pg from 'pg';

/** Steps of this process that it may die at: before and after each database statement, and each request to NATS. */
let passed = 0;

/** How many steps there have been. */
export function passedPoints(): number {
  return passed;
}

/**
 * From now on, this process dies by SIGKILL when it comes to a step.
 *
 * @param at Its number, from 1; undefined: it only counts.
 */
export function installCrashPoints(at: number | undefined): void {
  const pass = () => {
    passed += 1;
    if (passed === at) process.kill(process.pid, 'SIGKILL');
  };
  wrap(pg.Client.prototype, 'query', pass);
  wrap(NatsConnectionImpl.prototype, 'request', pass);
}

/** Calls `pass` before a method, and when what it answers has come. */
function wrap(prototype: object, name: string, pass: () => void): void {
  const methods = prototype as Record<string, (...parameters: unknown[]) => unknown>;
  const original = methods[name];
  if (!original) throw new Error(`there is no method ${name} to die at`);
  methods[name] = function (this: unknown, ...parameters: unknown[]) {
    pass();
    const answer = original.apply(this, parameters);
    if (answer instanceof Promise) answer.then(pass, pass);
    return answer;
  };
}
