import { readFileSync } from 'node:fs';
import { ConsulClient } from '@weft/mesh/consul';
import { tokenFile } from '../acl/tokenFile.ts';
import { OPERATOR } from '../acl/tokenHolders.ts';
import type { Folders } from '../settings/Folders.ts';
import { serverCertificate } from '../setup/makeServerCertificate.ts';

/**
 * Where the programs of a mesh reach Consul: a socket that nobody else can open or put another one in the place of, so
 * that no token goes to whoever has taken Consul's port while it is down.
 */
export function consulAddress(folders: Folders): string {
  return `unix://${folders.socketOf('consul')}`;
}

/** @param token Default: the operator's; "" where ACLs are off. */
export function consulClient(
  folders: Folders,
  token: string | (() => string) = () => readFileSync(tokenFile(folders.home, OPERATOR), 'utf8'),
): ConsulClient {
  return new ConsulClient({
    ...{ address: consulAddress(folders), token },
    grpc: { caFile: serverCertificate(folders).ca },
  });
}
