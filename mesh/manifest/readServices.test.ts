import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { readServices } from './readServices.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weft-services-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(service: string, yaml: string): Promise<void> {
  const file = join(root, service, 'service.yaml');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, yaml);
}

/** What is wrong, without the folder's own name. */
async function problems(): Promise<string[]> {
  const error: Error = await readServices(root).then(
    () => assert.fail('nothing was refused'),
    (reason) => reason,
  );
  assert.equal(error.name, 'ManifestError', error.stack);
  return error.message.replaceAll(`${root}/`, '').split('\n');
}

test('a folder with a manifest is a service, in any language; migrations give it a database', async () => {
  await mkdir(join(root, 'kit/database'), { recursive: true });
  await mkdir(join(root, 'shop/first/migrations'), { recursive: true });
  await put('shop/first', 'name: first\njobs: {fill: {script: jobs/fill.ts, calls: [a.v1.B/C]}}');
  await put(
    'lab/second',
    `name: second
upstreams: [first]
consumes: [first.done]
environment: [SECOND_KEY]
run:
  command: [python, second.py]
  requirements: requirements.txt
  port: 9000
`,
  );
  assert.deepEqual(await readServices(root), [
    {
      ...{ name: 'first', group: 'shop', folder: join(root, 'shop/first'), run: undefined },
      ...{
        upstreams: [],
        environment: [],
        development: {},
        consumes: [],
        http: [],
        blobs: false,
        rooms: false,
        calledByAll: [],
        engines: [],
        single: false,
        addressLimits: [],
        jobs: { fill: { script: 'jobs/fill.ts', calls: ['a.v1.B/C'] } },
        examples: [],
        hints: [],
        hasDatabase: true,
      },
    },
    {
      ...{ name: 'second', group: 'lab', folder: join(root, 'lab/second') },
      run: {
        command: ['python', 'second.py'],
        requirements: 'requirements.txt',
        port: 9000,
      },
      ...{
        upstreams: ['first'],
        environment: ['SECOND_KEY'],
        development: {},
        consumes: ['first.done'],
        http: [],
        blobs: false,
        rooms: false,
        calledByAll: [],
        engines: [],
        single: false,
        addressLimits: [],
        jobs: {},
        examples: [],
        hints: [],
        hasDatabase: false,
      },
    },
  ]);
});

test('all that is wrong in a manifest is named at once, with file, key and what is allowed', async () => {
  await put(
    'shop/one',
    `name: One
upstream: [two]
environment: [TWO WORDS, WEFT_HOME]
run: {command: [], port: 70000, healthHttp: 'no url'}
jobs: {fill: {script: ../other/fill.ts, calls: [C]}}
examples: [{name: A, job: nothing}, {job: fill, try: summary}]
hints: [{text: Token, file: ../token}]
`,
  );
  assert.deepEqual(await problems(), [
    'shop/one/service.yaml: name: "One" is not allowed: it is 1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -',
    'shop/one/service.yaml: upstream: there is no such key; there are name, upstreams, calledByAll, consumes, blobs, rooms, engines, single, environment, development, http, addressLimits, run, jobs, examples, hints',
    'shop/one/service.yaml: environment[0]: "TWO WORDS" is not allowed: it is the name of a variable, and not one of the mesh (WEFT_, CONSUL_, DATABASE_URL)',
    'shop/one/service.yaml: environment[1]: "WEFT_HOME" is not allowed: it is the name of a variable, and not one of the mesh (WEFT_, CONSUL_, DATABASE_URL)',
    'shop/one/service.yaml: run.command: [] is not allowed: it is a list of at least 1',
    'shop/one/service.yaml: run.port: 70000 is not allowed: it is a number from 1 to 65535',
    'shop/one/service.yaml: run.healthHttp: "no url" is not allowed: it is a URL such as http://127.0.0.1:9001/ready',
    'shop/one/service.yaml: jobs.fill.script: "../other/fill.ts" is not allowed: it is the path of a .ts file in the service\'s folder',
    'shop/one/service.yaml: jobs.fill.calls[0]: "C" is not allowed: it is a method such as market.v1.TradingService/CreateFeed',
    'shop/one/service.yaml: examples[1].name: is missing',
    'shop/one/service.yaml: examples[1].try: "summary" is not allowed: it is a path such as /v1/assets',
    'shop/one/service.yaml: hints[0].file: "../token" is not allowed: it is the path of a file in the mesh\'s state folder, such as data/shop/token',
  ]);
});

test('a counter is the same in all manifests that name it, and a path has one', async () => {
  const limit = (requests: number, path: string) =>
    `addressLimits: [{counter: api, paths: [${path}], requests: ${requests}, seconds: 900}]`;
  await put('shop/one', `name: one\n${limit(100, '/api/a')}`);
  await put('shop/two', `name: two\n${limit(100, '/api/b')}`);
  assert.equal((await readServices(root)).length, 2);
  await put('shop/two', `name: two\n${limit(50, '/api/a')}`);
  assert.deepEqual(await problems(), [
    'shop/two/service.yaml: addressLimits[0]: api is 50 in 900 s here, and 100 in 900 s in shop/one/service.yaml',
    'shop/two/service.yaml: addressLimits[0].paths: /api/a is counted already, by api',
  ]);
});

test('an example of a job that there is not is refused', async () => {
  await put('shop/one', 'name: one\nexamples: [{name: A, job: fill}]');
  assert.deepEqual(await problems(), [
    'shop/one/service.yaml: examples[0].job: fill is not in jobs',
  ]);
});

test('what is no YAML, or no mapping, is refused with its line', async () => {
  await put('shop/one', 'name: one\nname: two\n');
  assert.match((await problems()).join(' '), /^shop\/one\/service\.yaml: is no YAML: duplicated/);
  await put('shop/one', 'one');
  assert.deepEqual(await problems(), [
    'shop/one/service.yaml: the file: "one" is not allowed: it is a mapping with name',
  ]);
  await put('shop/one', 'name:');
  assert.match((await problems()).join(' '), /: name: it is empty, and has to be 1 to 63 of a-z/);
});

test('names are given once across groups, and those of the mesh itself not at all', async () => {
  await put('shop/one', 'name: one\njobs: {two: {script: a.ts, calls: []}}');
  await put('lab/one', 'name: one');
  await put('lab/two', 'name: two');
  await put('lab/three', 'name: gateway\njobs: {cli: {script: a.ts, calls: []}}');
  await put('lab/four', 'name: shop');
  const said = await problems();
  assert.equal(said.length, 5, said.join('\n'));
  for (const expected of [
    /: one has been given already, in /,
    /: two has been given already, in /,
    /^lab\/three\/service\.yaml: name: gateway is the name of the edge/,
    /^lab\/three\/service\.yaml: jobs\.cli: cli is the name of the operator's weft/,
    /^lab\/four\/service\.yaml: name: shop is the name of a group/,
  ]) {
    assert.ok(
      said.some((line) => expected.test(line)),
      `${expected} in\n${said.join('\n')}`,
    );
  }
});

test('an upstream that does not exist is refused, with those that do', async () => {
  await put('shop/one', 'name: one\nupstreams: [tow, one]');
  await put('shop/two', 'name: two');
  assert.deepEqual(await problems(), [
    'shop/one/service.yaml: upstreams[0]: there is no service tow; there are one, two',
    'shop/one/service.yaml: upstreams[1]: it is one itself',
  ]);
});

test('one path at the edge leads to one service, and is written in one way', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weft-paths-'));
  after(() => rm(root, { recursive: true }));
  const write = async (service: string, http: string) => {
    const file = join(root, 'lab', service, 'service.yaml');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `name: ${service}\nhttp: ${http}\n`);
  };
  await write('one', '[{path: /pictures, access: public}]');
  await write('two', '[{path: /pictures, access: user}]');
  await assert.rejects(
    readServices(root),
    /http\[0\].path: \/pictures has been given already, in /,
  );
  for (const path of ['/', 'pictures', '/pictures/', '/a/../b', '/{id}']) {
    await write('two', `[{path: "${path}", access: public}]`);
    await assert.rejects(
      readServices(root),
      /http\[0\].path: .* is not allowed: it is a path such as \/docs/,
    );
  }
  await write('two', '[{path: /two, access: everybody}]');
  await assert.rejects(
    readServices(root),
    /access: "everybody" is not allowed: it is public, user, role, api_key or user_or_api_key/,
  );
  await write('two', '[{path: /two, access: user_or_api_key}]');
  await assert.rejects(readServices(root), /http\[0\].scopes: is missing: with user_or_api_key/);
});
