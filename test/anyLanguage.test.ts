import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { buildGo } from '../examples/go/build.ts';
import { buildPython } from '../examples/python/build.ts';
import { freePort } from '../mesh/control/testing/freePort.ts';
import { directCall } from './support/directCall.ts';
import type { MeshProgram } from './support/MeshProgram.ts';
import { referenceFigures } from './support/referenceFigures.ts';
import { get } from './support/rest.ts';
import { SP500_CSV, TestMesh } from './support/TestMesh.ts';
import { TypeScriptCaller } from './support/TypeScriptCaller.ts';
import { waitFor } from './support/waitFor.ts';

const OK = 0;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const PATH = '/examples.v1.RiskService/AssessPosition';

const root = join(import.meta.dirname, '..');
const progress = {
  report: (line: string) => void process.stderr.write(`${line}\n`),
  signal: AbortSignal.timeout(600_000),
};

/** How each program is built, and then started on a port. */
const languages = {
  go: async () => {
    const program = await buildGo(progress);
    return (port: number) => [program, '--listen', `:${port}`];
  },
  python: async () => {
    const python = await buildPython(progress);
    const program = join(root, 'examples/python/risk.py');
    return (port: number) => [python, program, '--listen', `0.0.0.0:${port}`];
  },
};
type Language = keyof typeof languages;

suite('programs without a Weft library', { timeout: 900_000 }, () => {
  const commands = {} as Record<Language, (port: number) => string[]>;
  let mesh: TestMesh;
  let caller: TypeScriptCaller;

  before(async () => {
    for (const name of ['go', 'python'] as const) commands[name] = await languages[name]();
    mesh = await TestMesh.start();
    await mesh.replay(SP500_CSV, 'SP500');
    await mesh.steer('intention', 'allow', 'cli', 'risk', '--force');
    await mesh.steer('intention', 'allow', 'risk', 'analytics');
    caller = new TypeScriptCaller(mesh.environment);
  });
  after(async () => {
    await caller?.stop();
    await mesh?.stop();
  });

  /** `weft exec` of the example, from the time on that Consul finds it healthy. */
  async function start(
    language: Language,
    version: string,
  ): Promise<MeshProgram & { port: number }> {
    const port = await freePort();
    const program = await mesh.program(
      [
        ...[join(root, 'node_modules/.bin/weft'), 'exec', '--service', 'risk'],
        ...['--instance', language, '--port', String(port), '--upstreams', 'analytics'],
        ...['--grpc', 'examples.v1.RiskService', '--'],
        ...[...commands[language](port), '--version', version],
      ],
      { WEFT_VERSION: version },
    );
    await waitFor(`${language} to be healthy`, async () => {
      if (!program.isRunning) throw new Error(program.output);
      const { body } = await get(`${mesh.consul}/v1/health/connect/risk?passing`);
      return body.some((one: { Service: { ID: string } }) => one.Service.ID === `risk-${language}`);
    });
    return Object.assign(program, { port });
  }

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

  for (const language of ['go', 'python'] as const) {
    suite(language, () => {
      let program: Awaited<ReturnType<typeof start>>;
      before(async () => {
        program = await start(language, 'v1');
        await becomes(OK);
      });
      after(() => program?.stop());

      test('is called from TypeScript, and calls TypeScript', async () => {
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

      test('nobody connects without a certificate, and none but permitted ones are served', async () => {
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
});
