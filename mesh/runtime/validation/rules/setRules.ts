import { type DescMessage, isFieldSet, type Message } from '@bufbuild/protobuf';
import { NotCompilable } from '../NotCompilable.ts';

/**
 * Names of the rules that are set in a message such as buf.validate.StringRules.
 *
 * @param known The rules that the caller can compile.
 * @throws NotCompilable for any other, predefined rules (extensions) included.
 */
export function setRules<Name extends string>(
  rules: Message,
  schema: DescMessage,
  known: readonly Name[],
): Set<Name> {
  if (rules.$unknown?.length) throw new NotCompilable('predefined rules');
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
