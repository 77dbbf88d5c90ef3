import { createHash } from 'node:crypto';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../deploy/local/programs/cacheFolder.ts';
import { findGo } from '../../deploy/local/programs/go.ts';
import { installOnce } from '../../deploy/local/programs/installOnce.ts';
import { run } from '../../deploy/local/programs/run.ts';
import type { SuiteOptions } from '../harness/Suite.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'bench/edge/grpcGateway');
const contract = 'proto/market/v1/analytics.proto';
const plugins = [
  'github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc',
  'google.golang.org/protobuf/cmd/protoc-gen-go',
];

/**
 * grpc-gateway's REST edge for AnalyticsService: generated from the contract by buf and compiled into the cache, anew
 * when contract or source have changed.
 *
 * @returns the binary's path.
 */
export async function grpcGateway({
  progress: report,
  signal,
}: Pick<SuiteOptions, 'progress' | 'signal'>): Promise<string> {
  const progress = { report, signal };
  const inputs = ['main.go', 'go.sum', 'buf.gen.yaml'].map((file) => join(source, file));
  const digest = createHash('sha256');
  for (const file of [join(root, contract), ...inputs]) digest.update(await readFile(file));
  const folder = join(cacheFolder(), `grpc-gateway-${digest.digest('hex').slice(0, 12)}`);
  const build = async (made: string) => {
    report('Building grpc-gateway, once: about a minute');
    const go = await findGo(progress);
    await cp(source, made, { recursive: true });
    const tools = join(made, 'bin');
    await mkdir(tools);
    await run(go, ['build', '-o', tools, ...plugins], progress, { cwd: made });
    await run(
      join(root, 'node_modules/.bin/buf'),
      [
        ...['generate', '--template', join(made, 'buf.gen.yaml')],
        ...['--path', contract, '-o', made],
      ],
      progress,
      { cwd: root, env: { PATH: [tools, process.env.PATH].join(delimiter) } },
    );
    await run(go, ['build', '-o', 'gateway', '.'], progress, { cwd: made });
  };
  await installOnce(folder, build, progress);
  return join(folder, 'gateway');
}
