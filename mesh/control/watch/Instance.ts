/** One place where a service is reached over mutual TLS. */
export interface Instance {
  /** Consul's id of it, unique on its node. */
  readonly id: string;
  readonly node: string;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
  /** The worst of its checks. */
  readonly health: 'passing' | 'warning' | 'critical';
  /** Share of calls relative to others, by its health; 0 for none. */
  readonly weight: number;
  /** The service's own port, or that of a sidecar in front of it. */
  readonly kind: 'native' | 'sidecar';
  /** Where it stands, such as "eu-central-1a"; undefined: nobody said. */
  readonly zone: string | undefined;
  readonly meta: Readonly<Record<string, string>>;
}

/** Whether calls may go there. */
export function isUsable({ health, weight }: Instance): boolean {
  return health !== 'critical' && weight > 0;
}

/** What one answer says of a service's instances. */
export interface Instances {
  readonly instances: readonly Instance[];
  /** Registrations that cannot be used as they stand, such as "analytics-2: port: ...". */
  readonly complaints: readonly string[];
}
