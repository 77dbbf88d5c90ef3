import { connectTimeout } from './connectTimeout.ts';
import { drainAfterRead } from './drainAfterRead.ts';
import { lightXdsImport } from './lightXdsImport.ts';
import type { Patch } from './Patch.ts';

/** All patches, in the order in which those of one stage are applied. The first is about the import that others make. */
export const PATCHES: readonly Patch[] = [lightXdsImport, connectTimeout, drainAfterRead];
