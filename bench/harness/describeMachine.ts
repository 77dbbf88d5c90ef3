import { cpus, release, totalmem } from 'node:os';

/** What a figure means nothing without. */
export function describeMachine(): Record<'date' | 'cpu' | 'memory' | 'system' | 'node', string> {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${processors.length} x ${processors[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    node: `Node ${process.version}`,
  };
}
