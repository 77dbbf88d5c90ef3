import { isDeepStrictEqual } from 'node:util';
import type { DescField } from '@bufbuild/protobuf';
import type { Contracts, ResourceContract } from '@weft/mesh/contracts';
import { RpcError, Status } from '@weft/mesh/runtime';
import { invalidArgument } from '../invalidArgument.ts';
import { Reason } from '../Reason.ts';
import { emptyValue, type Fields, fieldValue, isPopulated, withValue } from './fields.ts';
import { mergePath, readMask } from './mergeFields.ts';
import { type Actor, assertOwner, ownerIdOf } from './ownership.ts';

/** A resource's message, as ts-proto generates it. */
export interface ResourceType<T> {
  /** Full name, such as "order.v1.Order". */
  readonly $type: string;
  create(base?: object): T;
}

/**
 * What every resource of an API does alike, by what its contract says: google.api.resource, google.api.field_behavior and
 * weft.policy.v1.owner.
 *
 * ```ts
 * const gifts = new Resource(Gift, contracts);
 * const updated = gifts.update(current, request.gift, request.updateMask);
 * ```
 */
export class Resource<T extends object> {
  readonly contract: ResourceContract;
  readonly #contracts: Contracts;

  /** @throws Error for a message whose contract is no resource's. */
  constructor({ $type }: ResourceType<T>, contracts: Contracts) {
    const contract = contracts.resources.get($type);
    if (!contract) throw new Error(`${$type} is no resource: its contract does not say so`);
    this.contract = contract;
    this.#contracts = contracts;
  }

  /**
   * The resource as a caller wants it to be created: without what only the service sets.
   *
   * @throws RpcError INVALID_ARGUMENT, reason FIELD_REQUIRED, for a required field that is empty.
   */
  create(given: T | undefined): T {
    let created = this.#given(given);
    for (const field of this.contract.message.fields) {
      const behaviors = this.#contracts.behaviorsOf(field);
      if (behaviors.has('outputOnly')) created = withValue(created, field, emptyValue(field));
    }
    this.#assertComplete(created);
    return created as T;
  }

  /**
   * The resource as a caller wants it to be from now on. Lists and maps are replaced as a whole.
   *
   * @param current The resource as it is.
   * @param given What the request says of it.
   * @param mask Which of its fields count (`update_mask`): paths such as "price.currency_code"; `*`: all; undefined or
   *   empty: those that are not empty. Fields that only the service sets are passed over.
   * @throws RpcError INVALID_ARGUMENT: FIELD_UNKNOWN for a path that there is not, FIELD_IMMUTABLE for a field that does not
   *   change, FIELD_REQUIRED for one that would be empty.
   * @see https://google.aip.dev/134
   */
  update(current: T, given: T | undefined, mask: readonly string[] | undefined): T {
    const changed = this.#given(given);
    let merged = current as Fields;
    for (const path of readMask(this.contract.message, mask, changed, this.#contracts)) {
      const [field] = path;
      if (this.#contracts.behaviorsOf(field).has('immutable')) {
        this.#assertSame(field, current as Fields, changed);
      } else {
        merged = mergePath(merged, changed, path);
      }
    }
    this.#assertComplete(merged);
    return merged as T;
  }

  /**
   * Refuses a caller whose the resource is not, as its contract says (weft.policy.v1.owner). Call it with what the database
   * holds, before anything of it is answered or changed.
   *
   * @param actor The context of the call or request.
   * @throws RpcError PERMISSION_DENIED, reason NOT_OWNER; UNAUTHENTICATED.
   */
  assertOwner(resource: T, actor: Actor): void {
    assertOwner(this.contract, resource as Fields, actor, this.#allowsServices(actor));
  }

  /**
   * The id that a list is to be narrowed by: that of the caller, or of his organisation.
   *
   * @returns undefined for who may see those of all.
   * @throws RpcError as assertOwner().
   */
  ownerIdOf(actor: Actor): string | undefined {
    return ownerIdOf(this.contract, actor, this.#allowsServices(actor));
  }

  /** The error for a resource that there is not: NOT_FOUND with google.rpc.ResourceInfo. */
  notFound(id: string): RpcError {
    const { type } = this.contract;
    const description = `there is no ${this.contract.message.name} ${id}`;
    return new RpcError(Status.NOT_FOUND, description, {
      details: [
        {
          type: 'google.rpc.ResourceInfo',
          value: { resourceType: type, resourceName: id, owner: '', description },
        },
      ],
    });
  }

  /** By the contract of the method that is called: who comes by way of another service may be nobody. */
  #allowsServices({ method = '' }: Actor): boolean {
    const called = this.#contracts.method(method);
    return called !== undefined && (called.allowsServices || called.access === 'internal');
  }

  #given(given: T | undefined): Fields {
    if (given) return given as Fields;
    throw invalidArgument(this.#path(), 'is missing', Reason.FIELD_REQUIRED);
  }

  #assertComplete(resource: Fields): void {
    for (const field of this.contract.message.fields) {
      if (!this.#contracts.behaviorsOf(field).has('required')) continue;
      if (isPopulated(resource, field)) continue;
      throw invalidArgument(this.#path(field), 'may not be empty', Reason.FIELD_REQUIRED);
    }
  }

  /** A value that is not given changes nothing. */
  #assertSame(field: DescField, current: Fields, changed: Fields): void {
    if (!isPopulated(changed, field)) return;
    if (isDeepStrictEqual(fieldValue(current, field), fieldValue(changed, field))) return;
    throw invalidArgument(this.#path(field), 'does not change any more', Reason.FIELD_IMMUTABLE);
  }

  /** Such as "gift.title": requests hold a resource in a field of its name (AIP-133, AIP-134). */
  #path(field?: DescField): string {
    const { name } = this.contract.message;
    const own = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
    return field ? `${own}.${field.name}` : own;
  }
}
