import { type Contracts, isOpen, type MethodContract } from '@weft/mesh/contracts';
import { bucketOfAddress } from './bucketOfAddress.ts';
import { limits } from './limits.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/*
 * A REST body has to be read before it is known who sends it and which method it is for. Hence these.
 */

/** The largest body that any method takes, in bytes. Each method has a limit of its own, in restContract.lua. */
export function largestBody(contracts: Contracts): number {
  return Math.max(0, ...takingBodies(contracts).map(({ maxRequestBytes }) => maxRequestBytes));
}

function takingBodies(contracts: Contracts): MethodContract[] {
  return contracts.methods.filter(
    (method) => isOpen(method) && method.http.some(({ body }) => body !== ''),
  );
}

/** Holds a body until it is whole, and answers 413 to one that is too large. */
export function wholeBody(contracts: Contracts): Config {
  return typedConfig(
    'envoy.filters.http.buffer',
    'envoy.extensions.filters.http.buffer.v3.Buffer',
    { max_request_bytes: Math.max(1, largestBody(contracts)) },
  );
}

/** A bucket for each address, of calls that bring a body: whoever sends many is refused before they are looked at. */
export function bodiesOfAddress(contracts: Contracts): Config {
  const allowed = takingBodies(contracts).map(({ rateLimit }) => rateLimit);
  const atOnce = allowed.map(({ requests }) => requests);
  const perSecond = allowed.map(({ requests, perMs }) => Math.ceil((requests * 1_000) / perMs));
  return bucketOfAddress('weft.bodies_of_address', {
    atOnce: Math.max(limits.bodiesAtOnce, ...atOnce),
    perSecond: Math.max(limits.bodiesPerSecond, ...perSecond),
  });
}
