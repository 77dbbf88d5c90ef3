import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { limits } from '../limits.ts';
import type { FieldCost } from '../schema/FieldCost.ts';
import type { Cost } from './Operation.ts';

/** What a list is taken to be whose page size is 0, as AIP-158's methods here have it. */
const DEFAULT_PAGE = 100;

/** What is known of where a field stands. */
interface Place {
  /** How many objects it is asked of. */
  readonly objects: number;
  /** How long the lists of the method's answer are that it is in; undefined: nobody says. */
  readonly pageSize: number | undefined;
}

/**
 * What a valid operation may cost at most: calls of services, those for resources that are named together in one, and objects of the
 * answer, each list as long as it may be. What is skipped counts too.
 *
 * @param variables Coerced.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  let calls = 0;
  let objects = 0;

  function look(set: SelectionSetNode, type: GraphQLCompositeType, place: Place): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        look(selection.selectionSet, type, place);
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) look(fragment.selectionSet, type, place);
      } else {
        const field = isObjectType(type) ? type.getFields()[selection.name.value] : undefined;
        if (!field) continue;
        const { weft = {} } = field.extensions as { readonly weft?: FieldCost };
        const inner = within(weft, place, () => getArgumentValues(field, selection, variables));
        calls += weft.calls ?? 0;
        if (weft.links) calls += Math.ceil(inner.objects / weft.links);
        const answered = getNamedType(field.type);
        if (!selection.selectionSet || !isCompositeType(answered)) continue;
        objects += inner.objects;
        look(selection.selectionSet, answered, inner);
      }
    }
  }

  const root = schema.getRootType(operation.operation);
  if (root) look(operation.selectionSet, root, { objects: 1, pageSize: undefined });
  return { calls, objects };
}

function within(
  weft: FieldCost,
  { objects, pageSize }: Place,
  argumentsOf: () => Readonly<Record<string, unknown>>,
): Place {
  if (weft.calls) {
    if (weft.pageSize === undefined) return { objects, pageSize: undefined };
    const asked = Number(argumentsOf()[weft.pageSize] ?? 0);
    // A size below 0, which its service refuses, must not make up for what others cost.
    return { objects, pageSize: asked > 0 ? asked : DEFAULT_PAGE };
  }
  if (!('list' in weft) || weft.list === 1) return { objects, pageSize };
  // The page is the first list on the way; what lies in its rows is not paged.
  const length = pageSize ?? weft.list ?? limits.unknownList;
  return { objects: objects * length, pageSize: undefined };
}
