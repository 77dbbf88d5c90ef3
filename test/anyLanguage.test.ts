import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { type ConsulClient, FAULTS_PREFIX } from '@weft/mesh/consul';
import { readCsds } from '../mesh/control/testing/readCsds.ts';
import { canaryTests } from './languages/canaryTests.ts';
import {
  type ExampleProgram,
  ExamplePrograms,
  LANGUAGES,
  type Language,
} from './languages/ExamplePrograms.ts';
import { directCall } from './support/directCall.ts';
import { holdCall } from './support/holdCall.ts';
import { referenceFigures } from './support/referenceFigures.ts';
import { SP500_CSV, TestMesh } from './support/TestMesh.ts';
import { TypeScriptCaller } from './support/TypeScriptCaller.ts';
import { waitFor } from './support/waitFor.ts';

const OK = 0;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const ABORTED = 10;
const UNAVAILABLE = 14;
const FAULT = `/kv/${FAULTS_PREFIX}analytics`;
/** The version of reflection that the library has. */
const REFLECTION = { go: 'v1', java: 'v1', python: 'v1alpha' } as const;
const PATH = '/examples.v1.RiskService/AssessPosition';

suite('programs without a Weft library', { timeout: 900_000 }, () => {
  let programs: ExamplePrograms;
  let mesh: TestMesh;
  let caller: TypeScriptCaller;
  let consul: ConsulClient;

  before(async () => {
    programs = await ExamplePrograms.build();
    mesh = await TestMesh.start({ only: ['trading'], controlPlanes: 2 });
    consul = mesh.consul;
    await mesh.replay(SP500_CSV, 'SP500');
    await mesh.steer('intention', 'allow', 'cli', 'risk', '--force');
    await mesh.steer('intention', 'allow', 'risk', 'analytics');
    caller = new TypeScriptCaller(mesh.environment);
  });
  after(async () => {
    await caller?.stop();
    await mesh?.stop();
  });

  const start = (language: Language, version: string) => programs.start(mesh, language, version);

  const becomes = (code: number) =>
    waitFor(
      `calls to end with ${code}`,
      async () => {
        const { code: last, message } = await caller.assess();
        if (last === code) return true;
        throw new Error(`${last} ${message}`);
      },
      30_000,
    );

  for (const language of LANGUAGES) {
    suite(language, () => {
      let program: ExampleProgram;
      before(async () => {
        if (programs.missing(language)) return;
        program = await start(language, 'v1');
        await becomes(OK);
      });
      after(() => program?.stop());

      const isHere = (t: TestContext) => {
        const missing = programs.missing(language);
        if (missing) t.skip(missing);
        return !missing;
      };

      test('is called from TypeScript, and calls TypeScript', async (t) => {
        if (!isHere(t)) return;
        const { last, low, high } = referenceFigures(SP500_CSV);
        assert.deepEqual((await caller.assess('SP500', 10)).answer, {
          marketValue: 10 * last,
          valueAtRisk: 10 * (last - low),
          servedBy: `${language} v1`,
        });
        const short = await caller.assess('SP500', -2);
        assert.equal(short.answer?.valueAtRisk, -2 * (last - high));
        const unknown = await caller.assess('NONE');
        assert.equal(unknown.code, NOT_FOUND, unknown.message);
        assert.match(unknown.message, /^analytics: /);
        const answer = await mesh.steer(
          ...['call', 'examples.v1.RiskService/AssessPosition'],
          '{"assetSymbol": "SP500", "quantity": 1}',
        );
        assert.equal(JSON.parse(answer).marketValue, last);
      });

      test('intentions hold for it as callee and as caller, without a restart', async (t) => {
        if (!isHere(t)) return;
        for (const [source, destination] of [
          ['cli', 'risk'],
          ['risk', 'analytics'],
        ] as const) {
          const denied = Date.now();
          await mesh.steer('intention', 'deny', source, destination);
          await becomes(PERMISSION_DENIED);
          t.diagnostic(`${source} -> ${destination} denied within ${Date.now() - denied} ms`);
          await mesh.steer('intention', 'allow', source, destination);
          await becomes(OK);
        }
      });

      test('changes reach it as callee and as caller while either control plane of its host is gone', async (t) => {
        if (!isHere(t)) return;
        for (const gone of ['control', 'control-2']) {
          const stopped = Date.now();
          await mesh.stopProcess(gone);
          await mesh.setIntention('cli', 'risk', 'deny');
          await becomes(PERMISSION_DENIED);
          await mesh.setIntention('cli', 'risk', 'allow');
          await becomes(OK);
          // Which callers inject.
          await consul.write(FAULT, { abort: { percent: 100, code: 'ABORTED' } });
          await becomes(ABORTED);
          await consul.remove(FAULT);
          await becomes(OK);
          t.diagnostic(`without ${gone} for ${Date.now() - stopped} ms`);
          await mesh.startProcess(gone);
        }
      });

      test('its own xDS status names what of Consul’s entries it does not get', async (t) => {
        if (!isHere(t)) return;
        const HTTP = { QueryParam: [{ Name: 'q', Present: true }] };
        const refused = async () => {
          const dump = await readCsds(`127.0.0.1:${program.adminPort}`);
          const found = dump.filter(({ name }) => name === 'analytics');
          for (const { state } of found) assert.equal(state, 'ACKED');
          return found.flatMap(({ refused }) => refused).join('\n');
        };
        await consul.write('/config', {
          Kind: 'service-router',
          Name: 'analytics',
          Routes: [{ Match: { HTTP }, Destination: { Service: 'analytics' } }],
        });
        await waitFor('the refusal', async () =>
          /^service-router\/analytics: route 1 is left out: .*QueryParam/m.test(await refused()),
        );
        await consul.remove('/config/service-router/analytics');
        await waitFor('none', async () => (await refused()) === '');
      });

      test('a call in which nothing is said outlives the pings by which callers notice a frozen peer', async (t) => {
        if (!isHere(t)) return;
        const ended = await holdCall({
          address: `127.0.0.1:${program.port}`,
          path: `/grpc.reflection.${REFLECTION[language]}.ServerReflection/ServerReflectionInfo`,
          identity: await mesh.newIdentity('cli'),
          roots: join(mesh.identity('gateway-1'), 'roots.pem'),
          // One more than a server takes that has not been told.
          ...{ pingMs: 1_200, forMs: 5 * 1_200 + 1_000 },
        });
        assert.equal(ended, undefined);
      });

      test('nobody connects without a certificate, and none but permitted ones are served', async (t) => {
        if (!isHere(t)) return;
        const roots = join(mesh.identity('gateway-1'), 'roots.pem');
        const call = (identity: string | undefined) =>
          directCall({ address: `127.0.0.1:${program.port}`, path: PATH, identity, roots });
        assert.equal((await call(undefined))?.code, UNAVAILABLE);
        assert.equal((await call(await mesh.newIdentity('trading')))?.code, PERMISSION_DENIED);
        // An empty symbol gets as far as analytics, which refuses it.
        assert.equal((await call(await mesh.newIdentity('cli')))?.code, INVALID_ARGUMENT);
      });
    });
  }

  test('a canary is split across them, and rolled back; one is stopped, and no call fails', async (t) => {
    const missing = programs.missing('go', 'python');
    if (missing) return t.skip(missing);
    const [go, python] = await Promise.all([start('go', 'v1'), start('python', 'v2')]);
    try {
      await becomes(OK);
      /** Of 1,000 calls, how many v2 has answered. None may fail. */
      const canaries = async () => {
        let count = 0;
        for (let done = 0; done < 1_000; done += 20) {
          const outcomes = await Promise.all(Array.from({ length: 20 }, () => caller.assess()));
          for (const { code, message, answer } of outcomes) {
            assert.equal(code, OK, message);
            if (answer?.servedBy === 'python v2') count += 1;
          }
        }
        return count;
      };
      await mesh.steer('split', 'risk', 'v1=100', 'v2=0', '--create-subsets');
      await waitFor('v1 to get all calls', async () => (await canaries()) === 0);
      await mesh.steer('split', 'risk', 'v1=90', 'v2=10');
      await waitFor('v2 to get calls', async () =>
        (await caller.assess()).answer?.servedBy.endsWith('v2'),
      );
      const share = await canaries();
      t.diagnostic(`${share} of 1000 calls reached v2`);
      // Six standard deviations of 1,000 throws at 10%.
      assert.ok(share > 43 && share < 157, `${share} of 1000 calls reached v2`);
      await mesh.steer('split', 'risk', '--clear');
      const seen = new Set<string>();
      await waitFor('both to answer', async () => {
        const { answer } = await caller.assess();
        return answer && seen.add(answer.servedBy).size === 2;
      });
      let stopped = false;
      const load = (async () => {
        const failures: string[] = [];
        // Goes on for a while after the stop.
        for (let rest = 200; rest > 0; ) {
          const { code, message } = await caller.assess();
          if (code !== OK) failures.push(`${code} ${message}`);
          if (stopped) rest -= 1;
        }
        return failures;
      })();
      assert.equal(await go.stop(), 0);
      stopped = true;
      assert.deepEqual(await load, []);
      assert.equal((await caller.assess()).answer?.servedBy, 'python v2');
    } finally {
      await Promise.all([go.stop(), python.stop()]);
    }
  });

  canaryTests(() => ({ mesh, programs, caller }));
});
