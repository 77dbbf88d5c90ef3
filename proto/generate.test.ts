import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clone, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { execa } from 'execa';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-generate-'));
  // As git would clone it: what is ignored, such as proto/gen, is not there.
  const options = ['--cached', '--others', '--exclude-standard'];
  const listed = await execa('git', ['ls-files', ...options, 'proto', 'third_party', 'buf*.yaml'], {
    cwd: root,
  });
  for (const file of listed.stdout.split('\n')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    // A file that is deleted and not yet committed is still listed.
    await cp(join(root, file), join(folder, file)).catch(ignoreMissing);
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});

after(() => rm(folder, { recursive: true, force: true }));

const generate = () =>
  execa('node_modules/.bin/buf', ['generate'], { cwd: folder, reject: false, all: true });

test('buf generate alone gives a fresh clone all generated code', async () => {
  const { exitCode, all } = await generate();
  assert.equal(exitCode, 0, all);
  assert.deepEqual(
    await contentsOf(join(folder, 'proto/gen')),
    await contentsOf(join(root, 'proto/gen')),
  );
});

test('columns of market data are written and read in one go, as ts-proto alone does not', async () => {
  const source = await readFile(join(root, 'proto/gen/market/v1/market_data.ts'), 'utf8');
  for (const type of ['Doubles', 'Uint32s', 'Uint64s']) {
    assert.ok(source.includes(`(pack${type}(message.`), type);
    assert.ok(source.includes(`unpack${type}(reader.bytes()`), type);
  }
});

test('buf generate removes what no contract makes any longer', async () => {
  await writeFile(join(folder, 'proto/gen/stale.ts'), '');
  await generate();
  assert.deepEqual(
    Object.keys(await contentsOf(join(folder, 'proto/gen'))),
    Object.keys(await contentsOf(join(root, 'proto/gen'))),
  );
});

test('a failed generation says why and leaves what was generated', async () => {
  const written = await contentsOf(join(folder, 'proto/gen'));
  const plugin = join(folder, 'proto/plugins/image.ts');
  const source = await readFile(plugin, 'utf8');
  await writeFile(plugin, source.replace('create(', "(() => { throw new Error('no image'); })("));
  const { exitCode, all } = await generate();
  assert.notEqual(exitCode, 0);
  assert.match(all, /image\.ts: no image/);
  assert.deepEqual(await contentsOf(join(folder, 'proto/gen')), written);
});

test('the image holds what the contracts import, and no comments', async () => {
  const files = await readImage();
  const names = files.map(({ name }) => name);
  for (const file of files) {
    for (const imported of file.dependency) assert.ok(names.includes(imported), imported);
    assert.equal(file.sourceCodeInfo, undefined);
  }
  assert.ok(names.includes('market/v1/market_data.proto'));
});

test('the rules that contracts may name are those that protovalidate evaluates', async () => {
  const ours = (await readImage()).find(({ name }) => name === 'buf/validate/validate.proto');
  const theirs = clone(FileDescriptorProtoSchema, file_buf_validate_validate.proto);
  assert.ok(ours);
  assert.deepEqual(
    toBinary(FileDescriptorProtoSchema, ours),
    toBinary(FileDescriptorProtoSchema, theirs),
    'third_party/buf/validate/validate.proto is of another version than @bufbuild/protovalidate',
  );
});

async function readImage(): Promise<FileDescriptorProto[]> {
  const image = await readFile(join(root, 'proto/gen/image.binpb'));
  return fromBinary(FileDescriptorSetSchema, image).file;
}

/** The files below a folder, by path. */
async function contentsOf(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = await Promise.all(
    files.map(async ({ name, parentPath }) => {
      const file = join(parentPath, name);
      return [file.slice(path.length), await readFile(file, 'latin1')] as const;
    }),
  );
  return Object.fromEntries(contents.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
