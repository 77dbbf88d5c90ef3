import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPrograms } from '../../deploy/local/programs/installPrograms.ts';
import { makeBootstrap } from '../../gateway/makeBootstrap.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { isRunning } from '../../mesh/testing/spawnProgram.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { startProgram } from '../harness/startProgram.ts';
import type { Subject } from './MemoryLog.ts';
import type { SoakMesh } from './SoakMesh.ts';

/** The edge in front of a mesh: Envoy with the generated bootstrap. */
export interface SoakEdge {
  readonly subject: Subject;
  /** A GET of the echo service. Rejects unless it is answered as it should be. */
  call(number: number): Promise<void>;
}

/** Starts it, and waits until Envoy is ready. */
export async function startEdge(
  { consul, contracts, xdsPorts, folder }: SoakMesh,
  tell: (text: string) => void,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<SoakEdge> {
  const { envoy } = await installPrograms({ report: tell, signal }, ['envoy']);
  const { folder: identity } = await writeIdentity(consul, 'gateway');
  cleanup.defer(() => rm(identity, { recursive: true, force: true }));
  const [port, adminPort] = [await freePort(), await freePort()];
  const controlPlanes = xdsPorts.map((port) => ({ host: '127.0.0.1', port }));
  const adminSocket = join(folder, 'envoy.sock');
  const where = { address: '127.0.0.1', port, adminSocket, adminPort, controlPlanes, identity };
  const file = join(folder, 'envoy.json');
  await writeFile(file, JSON.stringify(makeBootstrap(contracts, where)), { mode: 0o600 });
  const log = join(folder, 'envoy.log');
  const child = await startProgram(
    [envoy, '--config-path', file, '--disable-hot-restart', '--log-level', 'error'],
    { log },
    cleanup,
  );
  const { pid } = child;
  assert.ok(pid !== undefined, 'Envoy does not run');
  const admin = `http://127.0.0.1:${adminPort}`;
  await eventually(async () => {
    if (isRunning(child)) assert.ok((await fetch(`${admin}/ready`, { signal })).ok);
  }, 60_000);
  if (!isRunning(child)) throw new Error(`Envoy ended: ${await readFile(log, 'utf8')}`);
  return {
    subject: {
      name: 'edge',
      pid,
      async heapMb() {
        const stats = await (await fetch(`${admin}/stats?filter=^server.memory_allocated$`)).text();
        return Number(stats.split(':')[1]) / 2 ** 20;
      },
    },
    async call(number) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/echoes/soak?number=${number}`);
      const body = await response.text();
      if (response.status !== 200) throw new Error(`${response.status}: ${body.trim()}`);
      assert.equal(JSON.parse(body).number, String(number));
    },
  };
}
