import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { HttpFilterConfig } from '@grpc/grpc-js-xds/build/src/http-filter.js';
import type { PermissionInfo, PrincipalInfo } from '@grpc/grpc-js-xds/build/src/rbac.js';

type Call = PermissionInfo & PrincipalInfo;

/** A policy of the shadow rules, which are not enforced. */
export interface ShadowPolicy {
  readonly name: string;
  readonly holds: (call: Call) => boolean;
}

/** Numbers of fields in envoy.extensions.filters.http.rbac.v3.RBAC, and in the rules within it. */
const RULES = 1;
const SHADOW_RULES = 2;
const POLICIES = 2;
/** Of an entry in the map of policies. */
const KEY = 1;

/**
 * Reads the policies of the shadow rules, in the order in which they were written.
 *
 * gRPC leaves shadow rules out. Each policy is given to its own reader as a filter that allows by this policy
 * alone, so that there is one meaning of a policy and no second reading of it.
 *
 * @param filter An encoded RBAC filter.
 * @param read gRPC's reader; null: it refuses.
 */
export function shadowPolicies(
  filter: Uint8Array,
  read: (filter: Buffer) => HttpFilterConfig | null,
): ShadowPolicy[] {
  return fieldsOf(filter, SHADOW_RULES)
    .flatMap((rules) => fieldsOf(rules, POLICIES))
    .flatMap((entry) => {
      const [name] = fieldsOf(entry, KEY);
      // The action is left out: ALLOW is the first.
      const rules = field(POLICIES, entry);
      const group = read(Buffer.from(field(RULES, rules)))?.config as
        | { apply(call: Call): boolean }
        | undefined;
      if (!name || !group) return [];
      return [{ name: new TextDecoder().decode(name), holds: (call: Call) => group.apply(call) }];
    });
}

/** Contents of all fields of this number that have a length. */
function fieldsOf(message: Uint8Array, number: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [at, type] = reader.tag();
    if (at === number && type === LENGTH_DELIMITED) found.push(reader.bytes());
    else reader.skip(type, at);
  }
  return found;
}

const LENGTH_DELIMITED = 2;

function field(number: number, content: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(number, LENGTH_DELIMITED).bytes(content).finish();
}
