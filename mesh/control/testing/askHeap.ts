import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Environment variable with the folder of the probes' sockets. */
export const PROBES_VARIABLE = 'WEFT_HEAP_PROBES';

/**
 * What a Node process needs in its environment to have a probe, and those that it starts.
 *
 * @param folder Of the probes' sockets.
 */
export function probeEnvironment(folder: string): Readonly<Record<string, string>> {
  const probe = new URL('heapProbe.ts', import.meta.url).href;
  return {
    [PROBES_VARIABLE]: folder,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${probe}`,
  };
}

/** The socket of a process's probe. */
export function probePath(folder: string, pid: number): string {
  return join(folder, `${pid}.sock`);
}

/**
 * What a process with a probe holds in its heap and in buffers outside of it after a full collection, in MB.
 *
 * @throws Error when it has none, or has ended.
 */
export async function askHeap(folder: string, pid: number): Promise<number> {
  const socket = connect(probePath(folder, pid));
  const bytes = Number(await text(socket));
  if (!(bytes > 0)) throw new Error(`process ${pid} has not told its memory`);
  return bytes / 2 ** 20;
}
