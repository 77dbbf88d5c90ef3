import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { MeshConnection, ServiceClient } from '@weft/mesh/runtime';
import { RiskServiceDefinition } from '@weft/proto/examples/v1/risk';
import { buildGo } from '../examples/go/build.ts';
import { buildPython } from '../examples/python/build.ts';
import { freePort } from '../mesh/control/testing/freePort.ts';
import { directCall } from './support/directCall.ts';
import type { MeshProgram } from './support/MeshProgram.ts';
import { referenceFigures } from './support/referenceFigures.ts';
import { get } from './support/rest.ts';
import { SP500_CSV, TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const OK = 0;
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
  let connection: MeshConnection;
  let risk: ServiceClient<typeof RiskServiceDefinition>;

  before(async () => {
    for (const name of ['go', 'python'] as const) commands[name] = await languages[name]();
    mesh = await TestMesh.start();
    await mesh.replay(SP500_CSV, 'SP500');
    await mesh.steer('intention', 'allow', 'cli', 'risk', '--force');
    await mesh.steer('intention', 'allow', 'risk', 'analytics');
    // gRPC reads its bootstrap from the environment, once.
    Object.assign(process.env, mesh.environment);
    const { connectMesh } = await import('@weft/mesh/runtime');
    connection = await connectMesh({ service: 'cli' });
    risk = connection.client(RiskServiceDefinition);
  });
  after(async () => {
    await connection?.close();
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

  const assess = (assetSymbol = 'SP500', quantity = 10) =>
    risk.assessPosition({ assetSymbol, quantity });
  const codeOf = (call: Promise<unknown>): Promise<number> =>
    call.then(
      () => OK,
      (error: { code: number }) => error.code,
    );
  const becomes = (code: number) =>
    waitFor(
      `calls to end with ${code}`,
      async () => {
        const last = await assess().catch((error) => error);
        if ((last.code ?? OK) === code) return true;
        throw last instanceof Error ? last : new Error('the call succeeded');
      },
      30_000,
    );

  for (const language of ['go', 'python'] as const) {
    test(`${language}: is called from TypeScript, and calls TypeScript`, async () => {
      const program = await start(language, 'v1');
      try {
        await becomes(OK);
        const { last, low, high } = referenceFigures(SP500_CSV);
        assert.deepEqual(await assess('SP500', 10), {
          marketValue: 10 * last,
          valueAtRisk: 10 * (last - low),
          servedBy: `${language} v1`,
        });
        assert.equal((await assess('SP500', -2)).valueAtRisk, -2 * (last - high));
        await assert.rejects(assess('NONE'), { code: NOT_FOUND, message: /analytics: / });
        const answer = await mesh.steer(
          ...['call', 'examples.v1.RiskService/AssessPosition'],
          '{"assetSymbol": "SP500", "quantity": 1}',
        );
        assert.equal(JSON.parse(answer).marketValue, last);
      } finally {
        await program.stop();
      }
    });

    test(`${language}: intentions hold for it as callee and as caller, without a restart`, async (t) => {
      const program = await start(language, 'v1');
      try {
        for (const [source, destination] of [
          ['cli', 'risk'],
          ['risk', 'analytics'],
        ] as const) {
          await becomes(OK);
          const denied = Date.now();
          await mesh.steer('intention', 'deny', source, destination);
          await becomes(PERMISSION_DENIED);
          t.diagnostic(`${source} -> ${destination} denied within ${Date.now() - denied} ms`);
          await mesh.steer('intention', 'allow', source, destination);
          await becomes(OK);
        }
      } finally {
        await program.stop();
      }
    });

    test(`${language}: nobody connects without a certificate, and none but permitted ones are served`, async () => {
      const program = await start(language, 'v1');
      try {
        await becomes(OK);
        const roots = join(mesh.identity('gateway-1'), 'roots.pem');
        const call = (identity: string | undefined) =>
          directCall({ address: `127.0.0.1:${program.port}`, path: PATH, identity, roots });
        assert.equal((await call(undefined))?.code, UNAVAILABLE);
        assert.equal((await call(await mesh.newIdentity('trading')))?.code, PERMISSION_DENIED);
        // An empty symbol gets as far as analytics, which refuses it.
        const INVALID_ARGUMENT = 3;
        assert.equal((await call(await mesh.newIdentity('cli')))?.code, INVALID_ARGUMENT);
      } finally {
        await program.stop();
      }
    });
  }

  test('one is stopped while the other serves: no call fails', async () => {
    const go = await start('go', 'v1');
    const python = await start('python', 'v2');
    try {
      await becomes(OK);
      const seen = new Set<string>();
      await waitFor('both to answer', async () => seen.add((await assess()).servedBy).size === 2);
      let stopped = false;
      const load = (async () => {
        const codes = new Set<number>();
        let calls = 0;
        // Goes on for a while after the stop.
        for (let rest = 200; rest > 0; calls += 1) {
          codes.add(await codeOf(assess()));
          if (stopped) rest -= 1;
        }
        return { codes: [...codes], calls };
      })();
      assert.equal(await go.stop(), 0);
      stopped = true;
      assert.deepEqual((await load).codes, [OK]);
      assert.equal((await assess()).servedBy, 'python v2');
    } finally {
      await Promise.all([go.stop(), python.stop()]);
    }
  });
});
