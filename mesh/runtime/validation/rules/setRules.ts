import { type DescMessage, isFieldSet, type Message } from '@bufbuild/protobuf';
import { NotCompilable } from '../NotCompilable.ts';

/**
 * Names of the rules that are set in a message such as buf.validate.StringRules.
 *
 * @param known The rules that the caller can compile.
 * @param extensions Numbers of the predefined rules that it can.
 * @throws NotCompilable for any other.
 */
export function setRules<Name extends string>(
  rules: Message,
  schema: DescMessage,
  known: readonly Name[],
  extensions: readonly number[] = [],
): Set<Name> {
  if (rules.$unknown?.some(({ no }) => !extensions.includes(no))) {
    throw new NotCompilable('predefined rules');
  }
  const names = new Set<Name>();
  for (const field of schema.fields) {
    // For documents, not for checks.
    if (field.name === 'example' || !isFieldSet(rules, field)) continue;
    const name = field.localName as Name;
    if (!known.includes(name)) throw new NotCompilable(`${schema.typeName}.${field.name}`);
    names.add(name);
  }
  return names;
}
