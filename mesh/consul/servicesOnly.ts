/** Of the catalog, in Consul's filter language: sidecars are registered beside their services, as instances of those. */
export const SERVICES_ONLY = 'ServiceKind != "connect-proxy"';
