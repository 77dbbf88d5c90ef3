import type { DescField } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { MethodContract, ResourceContract } from '@weft/mesh/contracts';
import { limits } from '../limits.ts';

/** How resources of a type are asked for by their ids. */
export interface Link {
  /** Such as "order/Order". */
  readonly type: string;
  readonly method: MethodContract;
  /** Of the request: takes the ids, or one. */
  readonly ids: DescField;
  /** Of the answer: holds the resources, or one. */
  readonly answer: DescField;
  /** Of a resource. */
  readonly id: DescField;
  /** How many one call may ask for. */
  readonly most: number;
}

/**
 * How a resource is asked for by callers from outside: by its service's BatchGet method (AIP-231), else by its Get method, one
 * call for each; undefined where none of them is open.
 *
 * @param open The methods of the schema.
 */
export function linkTo(
  { type, service, message, id, batchGet }: ResourceContract,
  open: readonly MethodContract[],
  listLengthOf: (field: DescField) => number | undefined,
): Link | undefined {
  const isAnswer = (kind: DescField['fieldKind']) => (field: DescField) =>
    field.fieldKind === kind && field.message?.typeName === message.typeName;
  if (batchGet && open.some(({ path }) => path === batchGet.path)) {
    const ids = batchGet.input.fields.find((field) => isText(field) && field.fieldKind === 'list');
    const answer = batchGet.output.fields.find(isAnswer('list'));
    const most = (ids && listLengthOf(ids)) ?? limits.idsOfBatch;
    if (ids && answer) return { type, method: batchGet, ids, answer, id, most };
  }
  const method = open.find(
    (each) =>
      each.meshService === service &&
      each.name === `Get${message.name}` &&
      each.idempotency === 'no_side_effects' &&
      !each.responseStream,
  );
  const ids = method?.input.fields.find((field) => isText(field) && field.name === id.name);
  const answer = method?.output.fields.find(isAnswer('message'));
  return method && ids && answer ? { type, method, ids, answer, id, most: 1 } : undefined;
}

/** `product` for `product_id`, `products` for `product_ids`; undefined for a reference of another name. */
export function linkNameOf({ jsonName, fieldKind }: DescField): string | undefined {
  const [, name] = (fieldKind === 'list' ? /^(.+)Ids$/ : /^(.+)Id$/).exec(jsonName) ?? [];
  if (name === undefined) return undefined;
  return fieldKind === 'list' ? pluralOf(name) : name;
}

function pluralOf(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}

function isText({ scalar }: DescField): boolean {
  return scalar === ScalarType.STRING;
}
