import type { Metadata } from '@grpc/grpc-js';
import { edgeNames } from '../../contracts/index.ts';
import type { Peer } from './Peer.ts';

/** Who calls from outside the mesh, as the edge has verified it. */
export interface OutsideCaller {
  /** By what it was verified: a user's token, or an API key. */
  readonly kind: 'user' | 'api-key';
  /** The `sub` claim of the token, or the name of the key. */
  readonly name: string;
  /** The user's roles, as the token says them; empty for an API key. */
  readonly roles: readonly string[];
}

/**
 * Reads it from the headers that the edge sets. From anybody but the edge they are worth nothing, since every
 * service of the mesh could write them: undefined then, and for callers who have not said who they are.
 */
export function outsideCallerOf(
  peer: Peer | undefined,
  metadata: Metadata,
): OutsideCaller | undefined {
  if (peer?.service !== edgeNames.service) return undefined;
  const [, kind, name] =
    /^(user|api-key):(.+)$/.exec(header(metadata, edgeNames.callerHeader)) ?? [];
  if (!kind || !name) return undefined;
  const roles = header(metadata, edgeNames.rolesHeader);
  return {
    kind: kind as OutsideCaller['kind'],
    name: decodeURIComponent(name),
    roles: roles === '' ? [] : roles.split(',').map(decodeURIComponent),
  };
}

function header(metadata: Metadata, name: string): string {
  return String(metadata.get(name)[0] ?? '');
}
