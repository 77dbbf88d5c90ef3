import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { Contracts } from '@weft/mesh/contracts';
import { invalidArgument } from '../invalidArgument.ts';
import { Reason } from '../Reason.ts';
import { emptyMessage, type Fields, fieldValue, isPopulated, withValue } from './fields.ts';

/** A path of a mask: the fields on the way, at least one. */
type Path = readonly [DescField, ...DescField[]];

/**
 * The fields that a mask names, without those that callers do not set: these are passed over, as AIP-203 asks.
 *
 * @param mask Paths such as "price.currency_code"; `*` alone: all that can be set; undefined or empty: what `changed` has.
 * @throws RpcError INVALID_ARGUMENT, reason FIELD_UNKNOWN, for what the message does not have.
 * @see https://google.aip.dev/134
 * @see https://google.aip.dev/161
 */
export function readMask(
  type: DescMessage,
  mask: readonly string[] | undefined,
  changed: Fields,
  contracts: Contracts,
): Path[] {
  const named = (mask ?? []).map((path) => path.trim());
  const isAll = named.includes('*');
  if (isAll && named.length > 1) {
    throw invalidArgument('update_mask', '* stands alone', Reason.FIELD_UNKNOWN);
  }
  const paths: Path[] = isAll
    ? type.fields.map((field): Path => [field])
    : named.length > 0
      ? named.map((path) => readPath(type, path))
      : type.fields.filter((field) => isPopulated(changed, field)).map((field): Path => [field]);
  return paths.filter(([field]) => {
    const behaviors = contracts.behaviorsOf(field);
    return !behaviors.has('outputOnly') && !behaviors.has('identifier');
  });
}

function readPath(type: DescMessage, path: string): Path {
  const fields: DescField[] = [];
  let inside: DescMessage | undefined = type;
  for (const name of path.split('.')) {
    const field: DescField | undefined = inside?.fields.find((each) => each.name === name);
    if (!field) {
      const message = `${JSON.stringify(path)} is no field of ${type.typeName}`;
      throw invalidArgument('update_mask', message, Reason.FIELD_UNKNOWN);
    }
    fields.push(field);
    inside = field.fieldKind === 'message' ? field.message : undefined;
  }
  return fields as unknown as Path;
}

/** The resource with the values that a path has in `changed`; a list or a map is replaced as a whole. */
export function mergePath(current: Fields, changed: Fields, [field, ...rest]: Path): Fields {
  const value = fieldValue(changed, field);
  const [next, ...others] = rest;
  if (!next || field.fieldKind !== 'message') return withValue(current, field, value);
  const before = fieldValue(current, field) as Fields | undefined;
  if (before === undefined && value === undefined) return current;
  const inside = before ?? emptyMessage(field.message);
  const given = (value as Fields | undefined) ?? emptyMessage(field.message);
  return withValue(current, field, mergePath(inside, given, [next, ...others]));
}
