import type * as Xds from '@grpc/grpc-js-xds';
import { xdsEnvironment } from '../identity/bootstrap.ts';
import type { IdentityFiles } from '../identity/identityFiles.ts';
import { applyPatches, type PatchOptions } from '../patches/applyPatches.ts';
import { registerUnixResolver } from '../xds/UnixResolver.ts';

/**
 * Loads grpc-js-xds, which makes `xds:` targets work, and patches it and grpc-js where the runtime needs it. It reads
 * the environment as it is loaded, so a process has one identity in the mesh, the first.
 *
 * @throws when it has been loaded with another identity.
 */
export async function loadXds(files: IdentityFiles, patches: PatchOptions): Promise<typeof Xds> {
  loaded ??= { bootstrap: files.bootstrap, xds: load(files, patches) };
  if (loaded.bootstrap !== files.bootstrap) {
    throw new Error(`this process is in the mesh already, with ${loaded.bootstrap}`);
  }
  return loaded.xds;
}

let loaded: { readonly bootstrap: string; readonly xds: Promise<typeof Xds> } | undefined;

async function load(files: IdentityFiles, patches: PatchOptions): Promise<typeof Xds> {
  Object.assign(process.env, xdsEnvironment(files));
  registerUnixResolver();
  await applyPatches('import', patches);
  const xds = await import('@grpc/grpc-js-xds');
  await applyPatches('register', patches);
  xds.register();
  await applyPatches('registered', patches);
  return xds;
}
