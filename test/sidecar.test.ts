import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { AssessPositionRequest, AssessPositionResponse } from '@weft/proto/examples/v1/risk';
import { execa } from 'execa';
import { buildPython } from '../examples/python/build.ts';
import { freePort } from '../mesh/testing/freePort.ts';
import { referenceFigures } from './support/referenceFigures.ts';
import { SP500_CSV, TestMesh } from './support/TestMesh.ts';
import { TypeScriptCaller } from './support/TypeScriptCaller.ts';
import { waitFor } from './support/waitFor.ts';

const OK = 0;
const PERMISSION_DENIED = 7;

const folder = join(import.meta.dirname, '../examples/sidecar');
const progress = {
  report: (line: string) => void process.stderr.write(`${line}\n`),
  signal: AbortSignal.timeout(600_000),
};

suite("a plain program behind Consul's Envoy sidecar", { timeout: 600_000 }, () => {
  let mesh: TestMesh;
  let caller: TypeScriptCaller;
  let address: string;

  before(async () => {
    const python = await buildPython(progress);
    mesh = await TestMesh.start({ only: ['trading'] });
    await mesh.replay(SP500_CSV, 'SP500');
    const [port, sidecarPort, upstreamPort, adminPort] = await Promise.all(
      Array.from({ length: 4 }, freePort),
    );
    address = `127.0.0.1:${port}`;
    await mesh.program([
      ...[python, join(folder, 'risk.py'), '--listen', address],
      ...['--analytics', `127.0.0.1:${upstreamPort}`],
    ]);
    const definition = (await readFile(join(folder, 'risk.json'), 'utf8'))
      .replaceAll('9103', String(port))
      .replaceAll('9123', String(sidecarPort))
      .replaceAll('9193', String(upstreamPort));
    const file = join(mesh.home, 'risk.json');
    await writeFile(file, definition);
    const consul = process.env.WEFT_CONSUL_BIN ?? 'consul';
    const run = (...args: string[]) => execa(consul, args, { env: mesh.environment });
    await run('config', 'write', join(folder, 'service-defaults.hcl'));
    await run('services', 'register', file);
    await mesh.setIntention('cli', 'risk', 'allow');
    await mesh.setIntention('risk', 'analytics', 'allow');
    await mesh.program([
      ...[consul, 'connect', 'envoy', '-sidecar-for', 'risk-plain'],
      ...['-envoy-binary', process.env.WEFT_ENVOY_BIN ?? 'envoy', '-ignore-envoy-compatibility'],
      ...['-admin-bind', `127.0.0.1:${adminPort}`],
      ...['--', '--drain-strategy', 'immediate', '--log-level', 'error'],
    ]);
    caller = new TypeScriptCaller(mesh.environment);
  });
  after(async () => {
    await caller?.stop();
    await mesh?.stop();
  });

  const becomes = (code: number, reason = /^/) =>
    waitFor(`calls to end with ${code}`, async () => {
      const { code: last, message } = await caller.assess();
      if (last === code && reason.test(message)) return true;
      throw new Error(`${last} ${message}`);
    });

  test('is called by a proxyless caller, and calls a proxyless service', async () => {
    await becomes(OK);
    const { last, low, high } = referenceFigures(SP500_CSV);
    assert.deepEqual((await caller.assess('SP500', 10)).answer, {
      marketValue: 10 * last,
      valueAtRisk: 10 * (last - low),
      servedBy: 'python behind a sidecar',
    });
    assert.equal((await caller.assess('SP500', -2)).answer?.valueAtRisk, -2 * (last - high));
    assert.match(await mesh.steer('status'), /^ *risk +risk-plain-sidecar-proxy .*sidecar$/m);
  });

  test('answers a caller beside it that sets no deadline', async () => {
    await becomes(OK);
    const client = new Client(address, credentials.createInsecure());
    try {
      const answer = await new Promise<AssessPositionResponse | undefined>((resolve, reject) =>
        client.makeUnaryRequest(
          '/examples.v1.RiskService/AssessPosition',
          (request) => Buffer.from(AssessPositionRequest.encode(request).finish()),
          (bytes) => AssessPositionResponse.decode(bytes),
          { assetSymbol: 'SP500', quantity: 1 },
          (error, response) => (error ? reject(error) : resolve(response)),
        ),
      );
      assert.equal(answer?.marketValue, referenceFigures(SP500_CSV).last);
    } finally {
      client.close();
    }
  });

  test('intentions hold in both directions, without a restart', async (t) => {
    await becomes(OK);
    for (const [source, destination, reason] of [
      ['cli', 'risk', /^(?!analytics: )/],
      ['risk', 'analytics', /^analytics: /],
    ] as const) {
      const denied = Date.now();
      await mesh.setIntention(source, destination, 'deny');
      await becomes(PERMISSION_DENIED, reason);
      t.diagnostic(`${source} -> ${destination} denied within ${Date.now() - denied} ms`);
      await mesh.setIntention(source, destination, 'allow');
      await becomes(OK);
    }
  });
});
