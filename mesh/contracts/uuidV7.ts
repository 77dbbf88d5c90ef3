import { BinaryReader } from '@bufbuild/protobuf/wire';

/** The number of the rule `weft.type.v1.uuid_v7` among those of buf.validate.StringRules. */
export const UUID_V7_RULE = 50_800;

/** The one text form of a UUID of version 7: RFC 9562, 5.7. */
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether rules of a string demand a UUID of version 7. The rule is an extension, which protovalidate's own types lack. */
export function demandsUuidV7(rules: {
  readonly $unknown?: readonly { readonly no: number; readonly data: Uint8Array }[] | undefined;
}): boolean {
  const rule = rules.$unknown?.findLast(({ no }) => no === UUID_V7_RULE);
  return rule !== undefined && new BinaryReader(rule.data).bool();
}
