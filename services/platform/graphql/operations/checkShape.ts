import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { GraphqlReason } from '../GraphqlReason.ts';
import { limits } from '../limits.ts';
import { refusal } from './toGraphqlError.ts';

/**
 * Refuses a query by its form alone, before it is compared with the schema, which takes time that grows with its fields:
 * fields within fields, fields of other names, and fields in all, those of fragments wherever they stand.
 *
 * @throws GraphQLError with the limit that it is beyond. Fragments that stand in themselves are left to the validation.
 */
export function checkShape({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  let fields = 0;
  let aliases = 0;
  const open = new Set<string>();

  function look({ selections }: SelectionSetNode, depth: number): void {
    if (depth > limits.depth) {
      const message = `no more than ${limits.depth} fields may lie within each other`;
      throw refusal(GraphqlReason.QUERY_TOO_DEEP, message, { limit: limits.depth });
    }
    for (const selection of selections) {
      count(selection);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        look(selection.selectionSet, depth);
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        const fragment = fragments.get(name);
        if (!fragment || open.has(name)) continue;
        open.add(name);
        look(fragment.selectionSet, depth);
        open.delete(name);
      } else {
        // What the schema is made of has a form of its own, and is asked for in development alone.
        if (selection.selectionSet && !selection.name.value.startsWith('__')) {
          look(selection.selectionSet, depth + 1);
        }
      }
    }
  }

  /** Spreads too: fragments that hold nothing but others could be walked for ever. */
  function count(selection: SelectionNode): void {
    if (++fields > limits.fields) {
      const message = `no more than ${limits.fields} fields may be asked for`;
      throw refusal(GraphqlReason.QUERY_FIELDS, message, { limit: limits.fields });
    }
    if (selection.kind === Kind.FIELD && selection.alias && ++aliases > limits.aliases) {
      const message = `no more than ${limits.aliases} fields may have another name`;
      throw refusal(GraphqlReason.QUERY_ALIASES, message, { limit: limits.aliases });
    }
  }

  for (const each of definitions) {
    if (!('selectionSet' in each)) continue;
    [fields, aliases] = [0, 0];
    if (each.kind === Kind.FRAGMENT_DEFINITION) open.add(each.name.value);
    look(each.selectionSet, 1);
    open.clear();
  }
}
