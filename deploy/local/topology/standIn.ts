import type { ServiceFolder } from '@weft/mesh/manifest';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { assertPassing } from './assertPassing.ts';

const INSTANCE = '2';

/**
 * A second instance of a service, which serves while the first one restarts. Undefined where there can be only one, by its
 * manifest or because it has a port of its own.
 *
 * @param process The first one.
 */
export function standIn(
  settings: MeshSettings,
  { single, run }: Pick<ServiceFolder, 'single' | 'run'>,
  process: ProcessSpec,
): ProcessSpec | undefined {
  if (single || run?.port !== undefined) return undefined;
  return {
    ...process,
    name: `${process.name}-stand-in`,
    environment: { ...process.environment, WEFT_INSTANCE: INSTANCE },
    check: (signal) => assertPassing(settings, process.name, signal, INSTANCE),
  };
}
