import { create, type Message } from '@bufbuild/protobuf';
import type { Link } from '../schema/Link.ts';

/** The request for resources by their ids, as many as the link's method takes. */
export function requestOfIds({ method, ids: field }: Link, ids: readonly string[]): Message {
  const value = field.fieldKind === 'list' ? ids : ids[0];
  return create(method.input, { [field.localName]: value });
}
