/** What the edge, its control plane and the services behind it call the same thing. */
export const edgeNames = {
  /** The Consul service that the edge is. */
  service: 'gateway',
  /** The route configuration that edges ask for. */
  routes: 'edge',
  /** The path that load balancers ask, and the cluster by which the edge answers it itself. */
  healthPath: '/health',
  healthCluster: 'weft-health',
  /** The filters that verify access tokens and inner tokens, both Envoy's jwt_authn. */
  accessTokenFilter: 'weft.access_token',
  innerTokenFilter: 'weft.inner_token',
  /** Where the second leaves the claims of who acts, below jwt_authn's own name in the metadata. */
  innerClaims: 'inner',
  /** The filter that has tickets redeemed, before those, and by which method of identity. */
  ticketFilter: 'weft.ticket',
  redeemTicket: { service: 'identity', path: '/identity.v1.TicketService/RedeemTicket' },
  /** The filter between them, which knows API keys and what is revoked. */
  callerFilter: 'weft.caller',
  /**
   * Filters that look at what a REST call's body, path and verb are, and that gRPC-Web needs: nothing for a call without a
   * body whose path and verb are a contract's to the letter.
   */
  contractFilters: [
    'weft.grpc_web_status',
    'envoy.filters.http.grpc_web',
    'weft.bodies_of_address',
    'envoy.filters.http.lua',
  ],
  /** Filters that look at credentials: nothing for a call of a public method that shows none. */
  credentialFilters: [
    'weft.tickets_of_address',
    'weft.ticket',
    'weft.credentials_of_address',
    'weft.access_token',
    'weft.caller',
    'weft.inner_token',
  ],
  /** Filters that set a routing header without a script, off where the route does not say what they are to do. */
  headerFromPath: 'envoy.filters.http.header_to_metadata',
  routingHeader: 'weft.routing_header',
  /** The filter that counts calls by address before anybody looks at who calls; off where no manifest says a limit. */
  addressLimitFilter: 'weft.address_limit',
  /** Requirements of the filter of access tokens: one that holds, or none that has to. */
  userRequirement: 'user',
  anyoneRequirement: 'anyone',
  /** On calls that came as gRPC-Web. */
  grpcWebHeader: 'x-weft-grpc-web',
} as const;
