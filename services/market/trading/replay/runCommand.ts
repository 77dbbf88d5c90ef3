import { RpcError, Status } from '@weft/mesh/runtime';

/**
 * Runs what a command does, and ends the process. A failure becomes a line on standard error and exit code 1; Ctrl-C
 * ends the wait by `signal`, with exit code 130.
 *
 * @param job Its name in Consul, such as "replay".
 */
export async function runCommand(
  job: string,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<never> {
  // What goes wrong is told by the command itself, in words for who called it.
  process.env.WEFT_LOG_LEVEL ??= 'silent';
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort());
  }
  let exitCode = 0;
  try {
    await work(interrupted.signal);
  } catch (error) {
    exitCode = interrupted.signal.aborted ? 130 : 1;
    if (!interrupted.signal.aborted) process.stderr.write(`${describe(error, job)}\n`);
  }
  // Not left to Node: grpc-js-xds keeps a timer of 15 minutes for an endpoint that has gone, also once all is closed.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  return process.exit(exitCode);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function describe(error: unknown, job: string): string {
  if (!(error instanceof RpcError)) return error instanceof Error ? error.message : String(error);
  switch (error.code) {
    case Status.INVALID_ARGUMENT:
      return error.message;
    case Status.PERMISSION_DENIED:
      return `trading does not let "${job}" call it: an intention ${job} -> trading is missing`;
    case Status.UNAVAILABLE:
      return `trading cannot be reached (${error.message}). Is the mesh up (make status)?`;
    default:
      return `${error.codeName}: ${error.message}`;
  }
}
