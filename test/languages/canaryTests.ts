import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { findMeshProcesses } from '../../deploy/local/host/meshProcesses.ts';
import type { MeshProgram } from '../support/MeshProgram.ts';
import { referenceFigures } from '../support/referenceFigures.ts';
import { SP500_CSV, type TestMesh } from '../support/TestMesh.ts';
import type { TypeScriptCaller } from '../support/TypeScriptCaller.ts';
import { waitFor } from '../support/waitFor.ts';
import { type ExamplePrograms, LANGUAGES } from './ExamplePrograms.ts';

const CALLS = 2_000;
/** Calls that are under way at a time. */
const AT_ONCE = 20;
/** From which calls to the edge come. */
const ADDRESSES = 100;
/** How often the split is turned over to see how long it takes to arrive. */
const TURNS = 6;

type Version = 'v1' | 'v2';
/** One call to analytics. @returns the version that answered. */
type Call = (headers: Readonly<Record<string, string>>) => Promise<Version>;

/** What the tests are made with, once the suite around them has started it. */
export interface CanaryParts {
  readonly mesh: TestMesh;
  readonly programs: ExamplePrograms;
  /** As `cli`. */
  readonly caller: TypeScriptCaller;
}

/**
 * A canary of analytics as its callers see it: from TypeScript, through the examples in other languages, and from
 * outside through the edge.
 */
export function canaryTests(parts: () => CanaryParts): void {
  suite('a canary of a service', () => {
    let canary: ChildProcess;
    const started: MeshProgram[] = [];

    before(async () => {
      const { mesh, programs } = parts();
      await configure(mesh, {
        Kind: 'service-resolver',
        Name: 'analytics',
        Subsets: {
          v1: { Filter: 'Service.Meta.version != "v2"' },
          v2: { Filter: 'Service.Meta.version == "v2"' },
        },
      });
      await mesh.steer('split', 'analytics', 'v1=100', 'v2=0');
      await mesh.steer('intention', 'allow', 'cli', 'analytics');
      canary = fork(join(import.meta.dirname, '../support/edgeEcho.ts'), {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: {
          ...process.env,
          ...mesh.environment,
          ...{ WEFT_INSTANCE: 'canary', WEFT_VERSION: 'v2', WEFT_LOG_LEVEL: 'warn' },
        },
      });
      await waitFor('v2 to be healthy', async () => {
        return (await mesh.instances('analytics')).some(({ ID }) => ID.endsWith('canary'));
      });
      const here = LANGUAGES.filter((name) => !programs.missing(name));
      // The language's name is the version, so that a header chooses among them.
      for (const name of here) started.push(await programs.start(mesh, name, name));
      const shares = here.map((name, at) => `${name}=${at === 0 ? 100 : 0}`);
      const choice = ['--create-subsets', '--header', 'x-language'];
      if (here.length > 0) await mesh.steer('split', 'risk', ...shares, ...choice);
    });
    after(async () => {
      canary?.kill('SIGKILL');
      const { mesh } = parts();
      for (const service of ['analytics', 'risk']) await mesh.weft('split', service, '--clear');
      await Promise.all(started.map((program) => program.stop()));
    });

    test('gets its share of each caller’s calls and all that ask for it, and nothing restarts', async (t) => {
      const { mesh } = parts();
      const pids = await pidsOf(mesh);
      await mesh.steer('split', 'analytics', 'v1=90', 'v2=10', '--header', 'x-version');
      for (const [name, call, missing] of callers(parts())) {
        if (missing) {
          t.diagnostic(missing);
          continue;
        }
        await waitFor(`${name} to reach v2`, async () => (await call({})) === 'v2');
        const count = countOf(await many(call, CALLS));
        t.diagnostic(`${name}: ${count} of ${CALLS} calls reached v2`);
        assert.ok(count >= 0.07 * CALLS && count <= 0.13 * CALLS, `${name}: ${count}`);
        const asking = { 'x-version': 'v2' };
        await waitFor(
          `${name} to choose`,
          async () => countOf(await many(call, 40, asking)) === 40,
        );
        assert.equal(countOf(await many(call, 200, asking)), 200, name);
        assert.equal(countOf(await many(call, 200, { 'x-version': 'v1' })), 0, name);
      }
      assert.deepEqual(await pidsOf(mesh), pids);
    });

    test('is given all calls and none, in turn, and no call fails', async (t) => {
      const { mesh } = parts();
      const here = callers(parts()).filter(([, , missing]) => !missing);
      await mesh.steer('split', 'analytics', 'v1=100', 'v2=0');
      for (const [name, call] of here) {
        await waitFor(`${name} to reach v1`, async () => countOf(await many(call, 100)) === 0);
      }
      const delays = here.map(([name]) => ({ name, all: [] as number[] }));
      for (let turn = 0; turn < TURNS; turn += 1) {
        const wanted: Version = turn % 2 === 0 ? 'v2' : 'v1';
        const arrivals = here.map(([name, call]) => arrival(name, call, wanted));
        const written = performance.now();
        await configure(mesh, splitter(wanted === 'v2' ? 0 : 100));
        for (const [at, arrived] of (await Promise.all(arrivals)).entries()) {
          delays[at]?.all.push(Math.round(arrived - written));
        }
      }
      for (const { name, all } of delays) {
        all.sort((a, b) => a - b);
        const [least, median, most] = [all[0], all[Math.floor(all.length / 2)], all.at(-1)];
        t.diagnostic(`${name}: the write is seen after ${median} ms (${least} to ${most})`);
      }
    });
  });
}

/** Who calls, and why it cannot here. */
function callers({ mesh, programs, caller }: CanaryParts): [string, Call, string | undefined][] {
  const { last } = referenceFigures(SP500_CSV);
  const versionOf = (value: number): Version => {
    // The stand-in for v2 answers zeros.
    assert.ok(value === 0 || value === last, `neither v1 nor v2: ${value}`);
    return value === 0 ? 'v2' : 'v1';
  };
  const calling = (service: 'risk' | 'analytics', fixed: Record<string, string>): Call => {
    return async (headers) => {
      const outcome = await caller.assess('SP500', 1, {
        service,
        headers: { ...headers, ...fixed },
      });
      assert.equal(outcome.code, 0, outcome.message);
      return versionOf(outcome.answer?.marketValue ?? Number.NaN);
    };
  };
  const edge = async (headers: Readonly<Record<string, string>>) =>
    versionOf(await readLast(mesh.edge, headers));
  return [
    ['typescript', calling('analytics', {}), undefined],
    ...LANGUAGES.map((name): [string, Call, string | undefined] => [
      name,
      calling('risk', { 'x-language': name }),
      programs.missing(name),
    ]),
    ['edge', edge, undefined],
  ];
}

/** Makes calls one after the other. @returns when the first ended that the version has answered. */
async function arrival(name: string, call: Call, wanted: Version): Promise<number> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if ((await call({})) === wanted) return performance.now();
  }
  throw new Error(`${name} does not reach ${wanted}`);
}

async function many(call: Call, calls: number, headers = {}): Promise<Version[]> {
  const answers: Version[] = [];
  while (answers.length < calls) {
    const some = Array.from({ length: Math.min(AT_ONCE, calls - answers.length) });
    answers.push(...(await Promise.all(some.map(() => call(headers)))));
  }
  return answers;
}

function countOf(answers: readonly Version[]): number {
  return answers.filter((version) => version === 'v2').length;
}

const agent = new Agent({ keepAlive: true });
let edgeCalls = 0;

/** The last price, over REST. Each call is made from another address, for the edge limits each one's rate. */
async function readLast(edge: string, headers: Readonly<Record<string, string>>): Promise<number> {
  edgeCalls += 1;
  const localAddress = `127.0.1.${1 + (edgeCalls % ADDRESSES)}`;
  const url = `${edge}/v1/assets/SP500/summary`;
  const asked = request(url, { agent, localAddress, headers: { ...headers } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const body = await text(response);
  assert.equal(response.statusCode, 200, body);
  return JSON.parse(body).summary.last ?? 0;
}

function splitter(v1: number): object {
  return {
    Kind: 'service-splitter',
    Name: 'analytics',
    Splits: [
      { Weight: v1, ServiceSubset: 'v1' },
      { Weight: 100 - v1, ServiceSubset: 'v2' },
    ],
  };
}

/** Writes a config entry straight into Consul. */
async function configure(mesh: TestMesh, entry: object): Promise<void> {
  await mesh.consul.write('/config', entry);
}

/** Of all that runs, sorted. */
async function pidsOf(mesh: TestMesh): Promise<number[]> {
  return (await findMeshProcesses(mesh.home)).map(({ pid }) => pid).sort();
}
