import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceFolder } from '@weft/mesh/manifest';

/**
 * What services have left for whoever runs the mesh, a line each: see Hint.
 *
 * @param home The mesh's state folder.
 */
export async function readHints(
  services: readonly Pick<ServiceFolder, 'hints'>[],
  home: string,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { text, file } of services.flatMap(({ hints }) => hints)) {
    const content = await readFile(join(home, file), 'utf8').catch(() => undefined);
    if (content?.trim()) lines.push(`${text}: ${content.trim()}`);
  }
  return lines;
}
