import type { ChildProcess } from 'node:child_process';

/**
 * Closes a connection that a worker was given and has not taken when it dies. node:cluster forgets it and leaves it
 * open: its caller, who has just lost another connection to the same worker, would wait on it for ever.
 *
 * @param worker Of node:cluster, before it listens.
 */
export function closeLostConnections(worker: ChildProcess): void {
  const given = new Map<unknown, Closable>();
  const send = worker.send as (...parameters: unknown[]) => boolean;
  worker.send = (...parameters: unknown[]) => {
    const [message, connection] = parameters as [Internal, Closable | undefined];
    if (message.act === 'newconn' && connection) given.set(message.seq, connection);
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
