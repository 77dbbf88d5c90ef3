import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../deploy/local/Progress.ts';
import { buildGoTool } from '../../deploy/local/programs/buildGoTool.ts';
import { cacheFolder } from '../../deploy/local/programs/cacheFolder.ts';
import { installOnce } from '../../deploy/local/programs/installOnce.ts';

const module = fileURLToPath(new URL('go/', import.meta.url));

/** As go/go.mod has them. */
const PATHS = {
  'grpcurl-1.9.3': 'github.com/fullstorydev/grpcurl/cmd/grpcurl',
  'ghz-0.121.0': 'github.com/bojand/ghz/cmd/ghz',
} as const;

/** The tools of gRPC's users, built into the cache where they are not there. */
export async function goTools(progress: Progress): Promise<{ grpcurl: string; ghz: string }> {
  const [grpcurl, ghz] = await Promise.all(
    Object.entries(PATHS).map(async ([name, path]) => {
      const folder = join(cacheFolder(), name);
      const build = (made: string) =>
        buildGoTool({ module, path }, join(made, 'tool'), 'about a minute', progress);
      await installOnce(folder, build, progress);
      return join(folder, 'tool');
    }),
  );
  return { grpcurl: grpcurl as string, ghz: ghz as string };
}
