import type { DescEnum, DescField, DescMessage, Registry } from '@bufbuild/protobuf';
import { typeNameOption } from './options.ts';
import { scalars, wellKnownScalar } from './scalars.ts';

type Described = DescMessage | DescEnum;

const RESERVED = [
  ...['Query', 'Mutation', 'Subscription', 'Int', 'Float', 'String', 'Boolean', 'ID'],
  ...Object.values(scalars).map(({ name }) => name),
];

/**
 * Names of the types of messages and enums, and of all that these speak of, by their full names. It is a message's own name; of
 * two with one name the one whose full name sorts first has it, and the other has its package before it. Options come first.
 */
export function nameTypes(
  described: Iterable<Described>,
  registry: Registry,
): ReadonlyMap<string, string> {
  const taken = new Set<string>(RESERVED);
  const names = new Map<string, string>();
  const give = (each: Described, name: string) => {
    for (const each of [name, inputName(name)]) taken.add(each);
    names.set(each.typeName, name);
  };
  const isFree = (name: string) => !taken.has(name) && !taken.has(inputName(name));
  const all = [...reached(described)].sort((one, other) =>
    one.typeName < other.typeName ? -1 : 1,
  );
  for (const each of all) {
    const said = each.kind === 'message' ? typeNameOption(each, registry) : undefined;
    if (said === undefined) continue;
    if (!isFree(said)) throw new Error(`${each.typeName}: ${said} is another type's name`);
    give(each, said);
  }
  for (const each of all) {
    if (names.has(each.typeName)) continue;
    const own = ownName(each);
    give(each, isFree(own) ? own : fullName(each));
  }
  return names;
}

/** Of what is given, beside the type that is answered. */
export function inputName(name: string): string {
  return `${name}Input`;
}

function reached(described: Iterable<Described>): Set<Described> {
  const isNamed = (each: Described) => each.kind === 'enum' || !wellKnownScalar(each);
  const found = new Set([...described].filter(isNamed));
  // A set is walked in the order of insertion, and also over what is added on the way.
  for (const each of found) {
    if (each.kind === 'enum') continue;
    for (const type of each.fields.flatMap(typesOf)) if (isNamed(type)) found.add(type);
  }
  return found;
}

/** What a field holds, where that has a name. */
export function typesOf({ message, enum: values }: DescField): Described[] {
  return [message, values].filter((type) => type !== undefined);
}

/** Such as "OrderItem" of the message Item within Order. */
function ownName(described: Described): string {
  return described.parent ? ownName(described.parent) + described.name : described.name;
}

/** Such as "MarketV1Candle". */
function fullName({ typeName }: Described): string {
  return typeName
    .split(/[._]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
