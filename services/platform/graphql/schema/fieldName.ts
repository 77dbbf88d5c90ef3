import type { DescField } from '@bufbuild/protobuf';

/** What a field is called: as in JSON, in REST, where GraphQL takes such a name. */
export function fieldNameOf({ jsonName, localName }: DescField): string {
  return /^(?!__)[_A-Za-z]\w*$/.test(jsonName) ? jsonName : localName;
}
