import type { ServiceFolder } from '@weft/mesh/manifest';
import {
  API_KEY_USE_PREFIX,
  JWKS_KEY,
  PRINCIPAL_PREFIX,
  REVOKED_PREFIX,
} from '@weft/mesh/principal';
import { instanceId } from '../topology/instanceId.ts';

/** Who holds a token, and what for. */
export interface TokenHolder {
  /** Name of its folder below `identity`. */
  readonly name: string;
  /** The one service that it may be; undefined: none. */
  readonly service?: string;
  /** Rules beside, in Consul's own language. */
  readonly rules?: string;
}

/** All of the mesh can be read, for that is how it is found; nothing can be written. */
const READ = `
service_prefix "" { policy = "read" intentions = "read" }
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
key_prefix "weft/faults/" { policy = "read" }
mesh = "read"
operator = "read"
`;

/** What the `weft` command writes: config entries and faults. */
const OPERATE = `
service_prefix "" { policy = "write" intentions = "write" }
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
key_prefix "weft/faults/" { policy = "write" }
mesh = "write"
operator = "write"
`;

/**
 * By what a service judges who acts: who signs tokens, and what of them is revoked. Not the tokens of the API keys, by which
 * it could act for their owners.
 */
export const PRINCIPAL_READ = `
key "${JWKS_KEY}" { policy = "read" }
key_prefix "${REVOKED_PREFIX}" { policy = "read" }
`;

/** By which nobody is let in. */
const API_KEY_USE = `key_prefix "${API_KEY_USE_PREFIX}" { policy = "write" }`;

/** The gateway attaches the tokens of API keys, and tells of their use. */
const GATEWAY = `
key_prefix "${PRINCIPAL_PREFIX}" { policy = "read" }
${API_KEY_USE}
`;

/** Whoever may write there says who acts, for all services: nobody else is given it. */
const IDENTITY = `
key_prefix "${PRINCIPAL_PREFIX}" { policy = "write" }
${API_KEY_USE}
`;

/** The operator's: what the `weft` command takes. */
export const OPERATOR = 'cli';

const GATEWAY_SERVICE = 'gateway';
const PRINCIPAL_RULES: Readonly<Record<string, string>> = {
  [GATEWAY_SERVICE]: GATEWAY,
  identity: IDENTITY,
};

/** Each process and each job its own service, the control plane reading alone, the operator all but tokens. */
export function tokenHolders(services: readonly ServiceFolder[]): TokenHolder[] {
  const processes = [...services.map(({ name }) => name), GATEWAY_SERVICE, 'nats'];
  const jobs = services.flatMap((service) => Object.keys(service.jobs));
  return [
    ...processes.map((service) => ({
      ...{ name: instanceId(service), service },
      rules: PRINCIPAL_RULES[service] ?? PRINCIPAL_READ,
    })),
    ...jobs.map((service) => ({ name: service, service })),
    { name: 'control', rules: READ },
    { name: OPERATOR, rules: OPERATE },
  ];
}
