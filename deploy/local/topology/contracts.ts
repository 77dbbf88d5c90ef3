import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Contracts } from '@weft/mesh/contracts';
import type { ServiceFolder } from '@weft/mesh/manifest';
import type { MeshSettings } from '../settings/MeshSettings.ts';

/** The file that the processes of a mesh read: that of WEFT_CONTRACTS when it was first started, else the generated one. */
export function contractsFile({ environments }: Pick<MeshSettings, 'environments'>): string {
  const given = environments.control?.WEFT_CONTRACTS;
  return given ?? fileURLToPath(import.meta.resolve('@weft/proto/image.binpb'));
}

/** Another text when a control plane would read something else: of the contracts, or of what manifests say of the edge. */
export function routingDigest({ image }: Contracts, known: readonly ServiceFolder[]): string {
  const ofEdge = known.map(({ name, http, addressLimits }) => ({ name, http, addressLimits }));
  return createHash('sha256').update(image).update(JSON.stringify(ofEdge)).digest('hex');
}
