import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Progress } from '../../../deploy/local/Progress.ts';
import { run } from '../../../deploy/local/programs/run.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Generates the types of the runner's messages into ../gen, with the options that services' contracts have. */
export async function generateMessages(protos: string, progress: Progress): Promise<void> {
  const { version, plugins } = parse(await readFile(`${root}/buf.gen.yaml`, 'utf8'));
  const out = 'test/conformance/gen';
  const template = {
    version,
    clean: true,
    plugins: plugins.map((one: object) => ({ ...one, out })),
  };
  const args = ['generate', protos, '--template', JSON.stringify(template)];
  await run('node_modules/.bin/buf', args, progress, { cwd: root });
}
