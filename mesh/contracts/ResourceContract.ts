import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { MethodContract } from './MethodContract.ts';

/** What the contract of one resource says (google.api.resource): a message that others name by an id. */
export interface ResourceContract {
  /** Such as "order/Order": the service that keeps it, a slash and its kind. */
  readonly type: string;
  /** Name in Consul of the service that keeps it, such as "order". */
  readonly service: string;
  readonly message: DescMessage;
  /** The field that holds its id, such as `order_id`: the option's `name_field`. */
  readonly id: DescField;
  readonly owner: ResourceOwner | undefined;
  /** The method that answers many at once by their ids (AIP-231); undefined where there is none. */
  readonly batchGet: MethodContract | undefined;
}

/** Whose a resource is: weft.policy.v1.owner. */
export interface ResourceOwner {
  readonly field: DescField;
  /** Which id of the caller the field is compared with. */
  readonly kind: 'user' | 'organization';
  /** Users with one of these may do with it what its owner may. */
  readonly roles: readonly string[];
}
