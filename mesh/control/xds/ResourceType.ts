/** The resources that are served, in the order in which a change must reach a client. */
export const RESOURCE_TYPES = ['cluster', 'endpoints', 'listener', 'routes'] as const;

export type ResourceType = (typeof RESOURCE_TYPES)[number];

const MESSAGES: Record<ResourceType, string> = {
  cluster: 'envoy.config.cluster.v3.Cluster',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
};

const BY_URL = new Map(RESOURCE_TYPES.map((type) => [typeUrl(type), type]));

/** Full name of the type's message. */
export function messageName(type: ResourceType): string {
  return MESSAGES[type];
}

export function typeUrl(type: ResourceType): string {
  return `type.googleapis.com/${MESSAGES[type]}`;
}

export function typeOfUrl(url: string): ResourceType | undefined {
  return BY_URL.get(url);
}

/**
 * Of clusters and listeners, each answer carries all that the client has asked for; of the others, only
 * what has changed (xDS: "a resource that is left out is deleted" holds for those two types alone).
 */
export function isFullState(type: ResourceType): boolean {
  return type === 'cluster' || type === 'listener';
}
