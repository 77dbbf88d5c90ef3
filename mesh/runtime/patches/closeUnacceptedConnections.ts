import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:cluster';
import { expectMethods, type Patch } from './Patch.ts';

/** The part of node:cluster that is used. */
interface Cluster {
  on(event: 'fork', listener: (worker: Worker) => void): unknown;
}

/**
 * Closes a connection that a worker was given and has not taken when it dies. node:cluster forgets it and leaves it
 * open: its caller, who has just lost another connection to the same worker, would wait on it for ever.
 */
export const closeUnacceptedConnections: Patch<{ readonly cluster: Cluster }> = {
  name: 'closeUnacceptedConnections',
  stage: 'workers',
  touches: 'node:cluster: send() of workers',
  without: 'a connection that a worker was given when it died neither works nor ends',
  upstream: 'docs/upstream.md#closeunacceptedconnections',
  async targets() {
    const { default: cluster } = await import('node:cluster');
    return { cluster };
  },
  apply({ cluster }, refuse) {
    expectMethods<Cluster>('cluster', cluster, { on: 2 });
    cluster.on('fork', (worker) => adapt(worker.process, refuse));
  },
};

function adapt(worker: ChildProcess, refuse: (unexpected: string) => void): void {
  const given = new Map<unknown, Closable>();
  const send = worker.send as (...parameters: unknown[]) => boolean;
  worker.send = (...parameters: unknown[]) => {
    const [message, connection] = parameters as [Internal, Closable | undefined];
    if (connection) {
      const { act, seq } = message;
      if (act !== 'newconn' || typeof seq !== 'number' || typeof connection.close !== 'function') {
        refuse('a worker is given a connection in another form');
      } else {
        given.set(seq, connection);
      }
    }
    return send.apply(worker, parameters);
  };
  worker.on('internalMessage', ({ ack }: Internal) => given.delete(ack));
  worker.once('exit', () => {
    for (const connection of given.values()) connection.close();
  });
}

/** What node:cluster's processes say to each other. */
interface Internal {
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

interface Closable {
  close(): void;
}
