import type { DescField, FileRegistry } from '@bufbuild/protobuf';
import { readOption } from './readOption.ts';

/** The numbers of google.api.FieldBehavior, as far as they mean something here. */
const BEHAVIORS = { required: 2, outputOnly: 3, immutable: 5, identifier: 8 } as const;

/** Who sets a field, and when: google.api.FieldBehavior. */
export type FieldBehavior = keyof typeof BEHAVIORS;

/**
 * What `google.api.field_behavior` says of a field.
 *
 * @see https://google.aip.dev/203
 */
export function readBehaviors(
  field: DescField,
  registry: FileRegistry,
): ReadonlySet<FieldBehavior> {
  const numbers = readOption<readonly number[]>(field, registry, 'google.api.field_behavior') ?? [];
  const names = Object.keys(BEHAVIORS) as FieldBehavior[];
  return new Set(names.filter((name) => numbers.includes(BEHAVIORS[name])));
}
