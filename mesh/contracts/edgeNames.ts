/** What the edge, its control plane and the services behind it call the same thing. */
export const edgeNames = {
  /** The Consul service that the edge is. */
  service: 'gateway',
  /** The route configuration that edges ask for. */
  routes: 'edge',
  /** The filter that knows who calls, and the namespace of the metadata that it leaves behind. */
  callerFilter: 'weft.caller',
  /** Requirements of Envoy's jwt_authn filter: a token that holds, or none that has to. */
  userRequirement: 'user',
  anyoneRequirement: 'anyone',
  /** Who calls, as verified: "user:" and the token's subject, or "api-key:" and the key's name. */
  callerHeader: 'x-weft-caller',
  /** On calls that came as gRPC-Web. */
  grpcWebHeader: 'x-weft-grpc-web',
  /** The user's roles, separated by commas. Names in both headers are percent-encoded. */
  rolesHeader: 'x-weft-roles',
} as const;
