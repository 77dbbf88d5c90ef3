import type { ServiceFolder } from '@weft/mesh/manifest';
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

/** The operator's: what the `weft` command takes. */
export const OPERATOR = 'cli';

/** Each process and each job its own service, the control plane reading alone, the operator all but tokens. */
export function tokenHolders(services: readonly ServiceFolder[]): TokenHolder[] {
  const processes = [...services.map(({ name }) => name), 'gateway', 'nats'];
  const jobs = services.flatMap((service) => Object.keys(service.jobs));
  return [
    ...processes.map((service) => ({ name: instanceId(service), service })),
    ...jobs.map((service) => ({ name: service, service })),
    { name: 'control', rules: READ },
    { name: OPERATOR, rules: OPERATE },
  ];
}
