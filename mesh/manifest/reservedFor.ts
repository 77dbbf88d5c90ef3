/** Names in Consul, in the logs or on the command line that services and jobs cannot have, and what has them. */
const RESERVED: Readonly<Record<string, string>> = {
  all: 'all that runs',
  cli: "the operator's weft",
  consul: 'Consul itself',
  control: 'the control plane',
  'control-2': 'the second control plane',
  edge: 'the edge',
  gateway: 'the edge in Consul',
  kit: 'what services share',
  nats: 'the NATS server',
  postgres: 'the PostgreSQL server',
  supervisord: 'the supervisor',
  'victoria-logs': 'the store of logs',
  weft: "PostgreSQL's administrator",
};

/** Who has a name already; undefined: nobody. */
export function reservedFor(name: string): string | undefined {
  return Object.hasOwn(RESERVED, name) ? RESERVED[name] : undefined;
}
