import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { adminSocketOf, askAdmin } from './adminInterface.ts';

const POLL_MS = 50;
/** Turns /ready to 503, and has each answer close its connection. */
const TURN_AWAY = '/healthcheck/fail';
/** Takes no more connections from outside. */
const STOP_LISTENING = '/drain_listeners?inboundonly';

interface Flags {
  readonly bootstrap: string;
  readonly within: number;
  readonly notice: number;
}

new Command('drain')
  .description(
    'Have the edge end its connections in order, and wait until no request is under way.',
  )
  .requiredOption('--bootstrap <file>', 'the bootstrap that its Envoy runs with')
  .option('--within <ms>', 'do not wait longer, in milliseconds', milliseconds, 8_000)
  .option(
    '--notice <ms>',
    'take new connections for at least so long, for load balancers that ask /ready',
    milliseconds,
    0,
  )
  .addHelpText(
    'after',
    `
Its /ready answers 503 from the start. What is under way when the time is over, such as a watch that never
ends, is left to whoever ends Envoy.

Example:
  weft exec --service gateway --port 8080 --health-http http://127.0.0.1:9901/ready \\
    --pre-stop 'node gateway/drain.ts --bootstrap envoy.json' -- envoy --config-path envoy.json`,
  )
  .action(async (flags: Flags, command: Command) => {
    try {
      await drain(flags);
    } catch (error) {
      command.error(`error: ${(error as Error).message}`);
    }
  })
  .parse();

/** @throws when the edge cannot be reached or does not let itself be drained. */
async function drain({ bootstrap, within, notice }: Flags): Promise<void> {
  const socket = adminSocketOf(JSON.parse(readFileSync(bootstrap, 'utf8')));
  if (!socket) throw new Error(`${bootstrap} names no admin socket by which to drain the edge`);
  const end = Date.now() + within;
  await askAdmin(socket, 'POST', TURN_AWAY);
  await sleep(Math.min(notice, within));
  await untilIdle(socket, end);
  await askAdmin(socket, 'POST', STOP_LISTENING);
  // Those that came in between.
  await untilIdle(socket, end);
}

async function untilIdle(socket: string, end: number): Promise<void> {
  while (Date.now() < end && (await requestsUnderWay(socket)) > 0) await sleep(POLL_MS);
}

async function requestsUnderWay(socket: string): Promise<number> {
  const filter = encodeURIComponent('^http\\.edge\\.downstream_rq_active$');
  const stats = await askAdmin(socket, 'GET', `/stats?filter=${filter}`);
  return Number(/: (\d+)/.exec(stats)?.[1] ?? 0);
}

function milliseconds(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It is a number of milliseconds.');
  return Number(text);
}
