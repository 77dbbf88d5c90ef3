import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A service in Python that takes connections, and says which database it was given. */
const PROGRAM = `
import os, socket
print('database', os.environ.get('DATABASE_URL', 'none').rsplit('/', 1)[-1], flush=True)
server = socket.create_server(('127.0.0.1', int(os.environ['WEFT_PORT'])))
while True:
    server.accept()[0].close()
`;

const MANIFESTS: Readonly<Record<string, string>> = {
  'lab/one': 'name: one\n',
  'lab/two': 'name: two\nupstreams: [one]\n',
  'shop/three': 'name: three\n',
};

/**
 * Writes services that are nothing but their manifests: `one`, with a database, and `two`, which calls it, in the group
 * `lab`; `three` in `shop`.
 *
 * @returns their folder, for the caller to remove.
 */
export async function writeServices(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'weft-services-'));
  for (const [service, manifest] of Object.entries(MANIFESTS)) {
    const file = join(root, service, 'service.yaml');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${manifest}run: {command: [python3, main.py]}\n`);
    await writeFile(join(dirname(file), 'main.py'), PROGRAM);
  }
  await mkdir(join(root, 'lab/one/migrations'));
  return root;
}
