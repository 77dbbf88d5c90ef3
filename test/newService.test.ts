import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { freePorts } from '../deploy/local/settings/freePorts.ts';
import { MeshHome } from '../deploy/local/testing/MeshHome.ts';
import { Clone } from './support/clone.ts';

const cleanup = new AsyncDisposableStack();
let clone: Clone;
let environment: Record<string, string>;
let edge: string;
before(async () => {
  clone = cleanup.use(await Clone.make());
  const home = cleanup.use(await MeshHome.make());
  const { edge: port } = await freePorts();
  edge = `localhost:${port}`;
  environment = { WEFT_HOME: home.path, WEFT_PORT_BASE: String(port) };
});
after(() => cleanup.disposeAsync());

/** Runs what a reader would. @returns what it prints; what is asked by curl has an answer with a body. */
async function run(command: string): Promise<string> {
  const answered = join(clone.folder, 'answered');
  // With what was answered beside the body, for whoever has to find out why there is none.
  const told = command.replace(/^curl -s/, `curl -sS -D ${answered}`);
  const { exitCode, all } = await execa('bash', ['-c', told], {
    cwd: clone.folder,
    env: environment,
    reject: false,
    all: true,
  });
  assert.equal(exitCode, 0, `${command}\n${all}`);
  if (told !== command) assert.notEqual(all, '', `${command}\n${await readFile(answered)}`);
  return all;
}

test('who follows docs/new-service.md has a service that is tested, runs and answers REST calls', async () => {
  const page = await readFile(join(clone.folder, 'docs/new-service.md'), 'utf8');
  const blocks = [...page.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block = '']) => block);
  const commands = blocks.flatMap((block) => block.trim().split(/\n\s*/));
  const printed = new Map<string, string>();
  for (const command of commands) {
    printed.set(command, await run(command.replaceAll('localhost:8080', edge)));
  }
  const said = (pattern: RegExp) => {
    const [found] = [...printed].filter(([command]) => pattern.test(command));
    assert.ok(found, `${pattern} is in the page`);
    return found[1];
  };
  const { gift } = JSON.parse(said(/A book/));
  assert.equal(gift.title, 'A book');
  const { gifts } = JSON.parse(said(/v1\/gifts$/));
  assert.deepEqual(gifts, [gift]);
  assert.match(said(/titel/), /titel/);
  assert.match(said(/'{}'/), /FIELD_REQUIRED|gift/);

  const one = `${edge}/v1/gifts/${gift.giftId}`;
  const send = async (verb: string, url: string, body: unknown) =>
    JSON.parse(await run(`curl -s -X ${verb} '${url}' -d '${JSON.stringify(body)}'`));
  const { gift: changed } = await send('PATCH', `${one}?updateMask=title`, {
    ...{ title: 'Two books', etag: gift.etag },
  });
  assert.equal(changed.title, 'Two books');
  const stale = await send('PATCH', one, { title: 'Three', etag: gift.etag });
  assert.equal(stale.code, 10);
  assert.match(JSON.stringify(stale), /ETAG_MISMATCH/);
  await run(`curl -s --fail -X DELETE ${one}`);
  assert.equal(JSON.parse(await run(`curl -s ${one}`)).code, 5);
});

test('what a new service writes passes every check of the linter, also with longer names', async () => {
  const written = 'services/shop/gift-category';
  await run('npx weft new service shop/gift-category');
  await run('npx buf generate && npx buf lint && npx biome check proto services/shop');
  await run(`npx depcruise --config .dependency-cruiser.cjs ${written}`);
  const only = { extends: './tsconfig.json', include: [written] };
  await writeFile(join(clone.folder, 'tsconfig.new.json'), JSON.stringify(only));
  await run('npx tsc -p tsconfig.new.json');
  await run(`node_modules/.bin/node --test ${written}/*.test.ts`);
});
