import { createHash } from 'node:crypto';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { Reason } from '../Reason.ts';

/**
 * The etag of a resource as it is now (AIP-154): another one after each change, and for each resource. It is quoted, as in
 * HTTP (RFC 9110, 8.8.3).
 *
 * @param id The resource's.
 * @param version Counts its changes: a column that each update of the row raises by one.
 */
export function etagOf(id: string, version: number): string {
  const hash = createHash('sha256').update(`${version} ${id}`);
  return `"${hash.digest('base64url').slice(0, 16)}"`;
}

/**
 * Refuses a change of what the caller has not seen in its present form. Read the resource for it in the transaction of the
 * change, with its row locked.
 *
 * @param given What the request says; empty: the caller takes the resource as it is.
 * @param current Of the resource as it is.
 * @throws RpcError ABORTED, reason ETAG_MISMATCH.
 * @see https://google.aip.dev/154
 */
export function assertEtag(given: string, current: string): void {
  if (given === '' || given === current) return;
  throw new RpcError(Status.ABORTED, 'it has been changed since it was read: read it again', {
    details: [errorInfo(Reason.ETAG_MISMATCH, { etag: current })],
  });
}
