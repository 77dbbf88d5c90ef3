import type { DescField, Registry } from '@bufbuild/protobuf';
import { readOption } from '@weft/mesh/contracts';

/** buf.validate as dynamic messages: the image brings its descriptors along. */
interface Rules {
  readonly type: { readonly case?: string; readonly value?: { readonly maxItems?: bigint } };
}

/** How long a list may be, by its contract (`repeated.max_items`); undefined where that says nothing. */
export function listLengthOf(field: DescField, registry: Registry): number | undefined {
  const rules = readOption<Rules>(field, registry, 'buf.validate.field');
  const most = rules?.type.case === 'repeated' ? rules.type.value?.maxItems : undefined;
  return most === undefined || most === 0n ? undefined : Number(most);
}
