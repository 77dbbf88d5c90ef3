import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../../mesh/testing/eventually.ts';
import { installPrograms } from '../programs/installPrograms.ts';
import type { Folders } from '../settings/Folders.ts';
import { openHome } from '../settings/openHome.ts';
import { removeSocketFolder } from '../settings/socketFolder.ts';
import { supervisorEnvironment } from '../setup/supervisorEnvironment.ts';
import { writePrivately } from '../setup/writePrivately.ts';
import { stopMesh } from '../stopMesh.ts';
import { quiet } from '../testing/quiet.ts';
import type { Group, ProcessSpec } from './ProcessSpec.ts';
import { renderConfig } from './renderConfig.ts';
import { Supervisor } from './Supervisor.ts';
import { waitUntilHealthy } from './waitUntilHealthy.ts';

const awkward = `a'b %(x)s 100% $HOME \\ "q" é`;
const awkwardValue = `%(ENV_HOME)s, 100%; it's $HOME`;
const json = '{"a": "b,c=d", "e": ["%"]}';

let folders: Folders;
let supervisor: Supervisor;
before(async () => {
  const parent = await mkdtemp('/tmp/weft-supervisor-');
  // Longer than a Unix socket's path may be.
  folders = await openHome(join(parent, 'with a space', 'x'.repeat(100)));
  const { supervisord } = await installPrograms(quiet, ['supervisord']);
  supervisor = new Supervisor(folders, supervisord);
  await writePrivately(
    folders.supervisorConfig,
    renderConfig(folders, [
      processSpec(
        'first',
        'core',
        `process.on('SIGTERM', () => { console.log('bye'); process.exit() })`,
      ),
      processSpec('second', 'core', ''),
      processSpec('crashing', 'services', 'process.exit(3)'),
      processSpec(
        'faltering',
        'services',
        `setTimeout(() => { console.log('no such table'); process.exit(1) }, 1_500)`,
      ),
    ]),
  );
  await supervisor.launch({ ...supervisorEnvironment(folders.home), INHERITED: 'yes' });
});
after(async () => {
  await stopMesh(folders, quiet);
  await removeSocketFolder(folders.home);
  await rm(join(folders.home, '../..'), { recursive: true });
});

function processSpec(name: string, group: Group, code: string): ProcessSpec {
  const show = 'console.log(JSON.stringify([process.argv.slice(1), process.env]))';
  const script = [show, code, 'setInterval(() => {}, 1000)'].filter(Boolean).join(';');
  return {
    name,
    group,
    command: [process.execPath, '-e', script, awkward],
    directory: folders.home,
    environment: { AWKWARD: awkwardValue, JSON: json },
    stopSeconds: 10,
    ports: [],
    where: '',
    check: async () => {
      if (name === 'crashing' || name === 'faltering') throw new Error('is not up');
      JSON.parse(await readFile(folders.logOf(name), 'utf8'));
    },
  };
}

test('nothing starts by itself, and nothing else than what is asked for', async () => {
  const idle = await supervisor.states();
  assert.deepEqual(
    idle.map(({ name, state }) => [name, state]),
    [
      ['crashing', 'STOPPED'],
      ['faltering', 'STOPPED'],
      ['first', 'STOPPED'],
      ['second', 'STOPPED'],
    ],
  );
  await supervisor.start(['first', 'second']);
  await waitUntilHealthy([processSpec('first', 'core', '')], supervisor, quiet);
  const [crashing, , first, second] = await supervisor.states();
  assert.equal(first?.state, 'RUNNING');
  assert.equal(second?.state, 'RUNNING');
  assert.equal(crashing?.pid, undefined);
});

test('arguments and variables arrive as they are, whatever is in them', async () => {
  const [args, environment] = JSON.parse(await readFile(folders.logOf('second'), 'utf8'));
  assert.deepEqual(args, [awkward]);
  assert.equal(environment.AWKWARD, awkwardValue);
  assert.equal(environment.JSON, json);
  assert.equal(environment.INHERITED, 'yes');
});

test('a process that is killed is started again', async () => {
  const before = (await supervisor.states()).find(({ name }) => name === 'second')?.pid;
  assert.ok(before);
  process.kill(before, 'SIGKILL');
  await eventually(async () => {
    const state = (await supervisor.states()).find(({ name }) => name === 'second');
    assert.equal(state?.state, 'RUNNING');
    assert.notEqual(state.pid, before);
  });
});

test('one that keeps ending is told as such', async () => {
  await supervisor.start(['crashing']);
  await assert.rejects(
    waitUntilHealthy([processSpec('crashing', 'services', '')], supervisor, quiet),
    { name: 'UnhealthyError', process: 'crashing', message: /does not stay up/ },
  );
});

test('one that lives for a while each time is told as such, and why', async () => {
  await supervisor.start(['faltering']);
  await assert.rejects(
    waitUntilHealthy([processSpec('faltering', 'services', '')], supervisor, quiet),
    { process: 'faltering', message: /does not stay up: (no such table|it has ended 3 times)$/ },
  );
});

test('stopping asks each process, and leaves none', async () => {
  assert.equal(await stopMesh(folders, quiet), true);
  assert.match(await readFile(folders.logOf('first'), 'utf8'), /bye/);
  assert.equal(await Supervisor.pid(folders), undefined);
  assert.equal(await stopMesh(folders, quiet), false);
});

test('what the configuration cannot say is refused, and what is secret in it not repeated', () => {
  const spec = processSpec('first', 'core', '');
  for (const value of [`'s3cret'`, `s3cret"'x`, 's3cret\ny', 's3cret ;x']) {
    assert.throws(
      () => renderConfig(folders, [{ ...spec, environment: { A_KEY: value } }]),
      ({ message }: Error) => /A_KEY/.test(message) && !message.includes('s3cret'),
    );
  }
});
