import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { drainAccess } from './adminInterface.ts';

const POLL_MS = 50;

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
  const access = drainAccess(JSON.parse(readFileSync(bootstrap, 'utf8')));
  if (!access) throw new Error(`${bootstrap} has no key for draining the edge`);
  const { url, paths } = access;
  const end = Date.now() + within;
  await post(url + paths.turnAway);
  await sleep(Math.min(notice, within));
  await untilIdle(url, end);
  await post(url + paths.stopListening);
  // Those that came in between.
  await untilIdle(url, end);
}

async function post(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST' });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

async function untilIdle(url: string, end: number): Promise<void> {
  while (Date.now() < end && (await requestsUnderWay(url)) > 0) await sleep(POLL_MS);
}

async function requestsUnderWay(url: string): Promise<number> {
  const query = 'filter=^http\\.edge\\.downstream_rq_active$';
  const stats = await (await fetch(`${url}/stats?${query}`)).text();
  return Number(/: (\d+)/.exec(stats)?.[1] ?? 0);
}

function milliseconds(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It is a number of milliseconds.');
  return Number(text);
}
