/** What the SPIFFE ids of this mesh are made of. */
export interface MeshIdentity {
  /** Such as "11111111-2222-3333-4444-555555555555.consul". */
  readonly trustDomain: string;
  readonly datacenter: string;
}
