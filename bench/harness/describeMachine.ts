import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';

const require = createRequire(import.meta.url);

/** What a figure means nothing without. */
export function describeMachine(): Record<
  'date' | 'cpu' | 'memory' | 'system' | 'node' | 'grpc' | 'xds',
  string
> {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${processors.length} x ${processors[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    node: `Node ${process.version}`,
    grpc: versionOf('@grpc/grpc-js'),
    xds: versionOf('@grpc/grpc-js-xds'),
  };
}

function versionOf(name: string): string {
  const { version } = require(`${name}/package.json`) as { version: string };
  return `${name} ${version}`;
}
