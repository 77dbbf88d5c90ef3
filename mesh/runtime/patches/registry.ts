import { connectTimeout } from './connectTimeout.ts';
import { drainAfterRead } from './drainAfterRead.ts';
import type { Patch } from './Patch.ts';

/** All patches, in the order in which those of one stage are applied. */
export const PATCHES: readonly Patch[] = [connectTimeout, drainAfterRead];
