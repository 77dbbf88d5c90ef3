import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A service in JavaScript that peers can connect to, and that says which database it was given. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
const { DATABASE_URL = 'none', WEFT_IDENTITY, WEFT_PORT } = process.env;
console.log('database', DATABASE_URL.split('/').at(-1));
const read = (name) => readFileSync(\`\${WEFT_IDENTITY}/\${name}.pem\`);
createSecureServer({ cert: read('cert'), key: read('key'), ca: read('roots'), requestCert: true })
  .listen(Number(WEFT_PORT), '127.0.0.1');
`;

const MANIFESTS: Readonly<Record<string, string>> = {
  'lab/one': 'name: one\nenvironment: [ONE_KEY]\n',
  'lab/two': 'name: two\nupstreams: [one]\n',
  'shop/three': 'name: three\n',
  'news/testing-ledger': 'name: testing-ledger\n',
  'news/reader': 'name: reader\nconsumes: [testing-ledger.deposited]\n',
};

/**
 * Writes services that are nothing but their manifests: `one`, with a database, and `two`, which calls it, in the group
 * `lab`; `three` in `shop`; in `news` `testing-ledger`, which publishes events, and `reader`, which consumes them.
 *
 * @returns their folder, for the caller to remove.
 */
export async function writeServices(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'weft-services-'));
  for (const [service, manifest] of Object.entries(MANIFESTS)) {
    const file = join(root, service, 'service.yaml');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${manifest}run: {command: [${process.execPath}, main.mjs]}\n`);
    await writeFile(join(dirname(file), 'main.mjs'), PROGRAM);
  }
  await mkdir(join(root, 'lab/one/migrations'));
  return root;
}
