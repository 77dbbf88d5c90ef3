import { unwatchFile, watchFile } from 'node:fs';
import type { IdentityFiles } from './identityFiles.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Calls back when the certificate or the roots of an identity have been written anew, for programs that read them only
 * when they are told to. Looks once a second, as gRPC does.
 *
 * @returns how to end it.
 */
export function watchIdentityFiles(
  { certificate, roots }: Pick<IdentityFiles, 'certificate' | 'roots'>,
  onChange: () => void,
): () => void {
  const files = [certificate, roots];
  const listener = (now: { mtimeMs: number; ino: number }, before: typeof now) => {
    if (now.mtimeMs > 0 && (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino)) onChange();
  };
  for (const file of files) {
    watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, listener);
  }
  return () => {
    for (const file of files) unwatchFile(file, listener);
  };
}
