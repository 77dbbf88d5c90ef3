import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Asset } from '../../../kit/http/Asset.ts';

const FILES = ['socket.io.min.js', 'socket.io.esm.min.js'];
const HEADERS = {
  'cache-control': 'public, max-age=3600',
  // Pages of other origins load it as a module.
  'access-control-allow-origin': '*',
};

/** The stock client for browsers, by path: where servers of Socket.IO have it. */
export async function clientFiles(route: string): Promise<ReadonlyMap<string, Asset>> {
  const folder = dirname(createRequire(import.meta.url).resolve('socket.io'));
  const read = async (name: string): Promise<[string, Asset]> => {
    const bytes = await readFile(join(folder, '../client-dist', name));
    return [`${route}/${name}`, new Asset(bytes, 'text/javascript; charset=utf-8', HEADERS)];
  };
  return new Map(await Promise.all(FILES.map(read)));
}
