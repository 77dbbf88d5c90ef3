import type { Logger } from 'pino';
import type { Patch, PatchTargets, Stage } from './Patch.ts';
import { PATCHES } from './registry.ts';

export interface PatchOptions {
  /** Hears of patches that are off. */
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Names of those that are switched off: see readPatchSwitch(). Default: none. */
  readonly off?: ReadonlySet<string>;
}

/** Applies the patches of a stage, in the order of the registry. What has been applied is left alone. */
export async function applyPatches(stage: Stage, options: PatchOptions): Promise<void> {
  for (const patch of PATCHES) {
    if (patch.stage === stage) await applyPatch(patch, options);
  }
}

/**
 * Applies a patch once, unless it is switched off. One that does not fit what is there is off, and a line in the log says
 * what was not as expected and what follows.
 */
export async function applyPatch(patch: Patch, { log, off = NONE }: PatchOptions): Promise<void> {
  const { name, touches, without } = patch;
  if (off.has(name)) {
    log.info({ patch: name }, `patch ${name} is switched off: without it, ${without}`);
    return;
  }
  let refused = false;
  const refuse = (unexpected: string) => {
    if (refused) return;
    refused = true;
    log.warn(
      { patch: name, touches },
      `patch ${name} is off: ${unexpected}; without it, ${without}`,
    );
  };
  try {
    const targets = await patch.targets();
    if (isMarked(name, targets)) return;
    patch.apply(targets, refuse);
    mark(name, targets);
  } catch (error) {
    refuse(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

const NONE: ReadonlySet<string> = new Set();

/** The same in all copies of this module. */
function markOf(name: string): symbol {
  return Symbol.for(`weft.patch.${name}`);
}

/** @throws when something is not there. */
function isMarked(name: string, targets: PatchTargets): boolean {
  for (const [key, target] of Object.entries(targets)) {
    if (target === undefined || target === null) throw new Error(`there is no ${key}`);
  }
  return Object.values(targets).some((target) => markOf(name) in target);
}

function mark(name: string, targets: PatchTargets): void {
  for (const target of Object.values(targets)) {
    Object.defineProperty(target, markOf(name), { value: true });
  }
}
