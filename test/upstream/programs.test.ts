import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { upstreamBug } from './upstreamBug.ts';

/** Runs a program until it ends or `ready` has been written; answers what it wrote, and whether it ended. */
async function run(
  t: TestContext,
  binary: string,
  args: readonly string[],
  cwd: string,
  ready: RegExp,
): Promise<{ ended: boolean; output: string }> {
  const child = spawn(binary, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const isReady = new Promise<false>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (ready.test(output)) resolve(false);
      });
    }
  });
  const ended = once(child, 'close').then(() => true);
  return { ended: await Promise.race([ended, isReady]), output };
}

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-upstream-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

upstreamBug(
  {
    library: 'Consul',
    symptom: 'agent -dev crashes in a folder that holds a folder `services`',
    workaround: 'mesh/testing/TestConsul.ts (cwd)',
  },
  async (t) => {
    const folder = await emptyFolder(t);
    await mkdir(join(folder, 'services'));
    await writeFile(join(folder, 'services', 'package.json'), '{"name": "services"}');
    const [http, server, serf] = [await freePort(), await freePort(), await freePort()];
    const args = [
      ...['agent', '-dev', '-bind=127.0.0.1', `-http-port=${http}`, `-server-port=${server}`],
      ...[`-serf-lan-port=${serf}`],
      ...['dns', 'grpc', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`),
    ];
    const binary = process.env.WEFT_CONSUL_BIN || 'consul';
    const { ended, output } = await run(t, binary, args, folder, /Consul agent running!/);
    return ended && output.includes('loadServices');
  },
);

const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext';

upstreamBug(
  {
    library: 'Envoy',
    symptom: 'a file that holds two secrets is refused',
    workaround: 'mesh/runtime/identity/envoySecrets.ts',
  },
  async (t) => {
    const folder = await emptyFolder(t);
    const secrets = join(folder, 'secrets.json');
    const resources = ['one', 'two'].map((name) => ({
      '@type': SECRET,
      name,
      generic_secret: { secret: { inline_string: name } },
    }));
    await writeFile(secrets, JSON.stringify({ resources }));
    const source = { resource_api_version: 'V3', path_config_source: { path: secrets } };
    const certificates = [{ name: 'one', sds_config: source }];
    const listener = {
      name: 'l',
      address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
      filter_chains: [
        {
          transport_socket: {
            name: 'tls',
            typed_config: {
              '@type': TLS,
              common_tls_context: { tls_certificate_sds_secret_configs: certificates },
            },
          },
        },
      ],
    };
    const config = { node: { id: 'n', cluster: 'c' }, static_resources: { listeners: [listener] } };
    const file = join(folder, 'envoy.json');
    await writeFile(file, JSON.stringify(config));
    const { output } = await run(
      t,
      process.env.WEFT_ENVOY_BIN || 'envoy',
      ['-c', file, '--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'info'],
      folder,
      /starting main dispatch loop|secrets length/,
    );
    return output.includes('Unexpected SDS secrets length');
  },
);
