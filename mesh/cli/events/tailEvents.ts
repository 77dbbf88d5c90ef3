import {
  type Consumer,
  DeliverPolicy,
  jetstream,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ConsulClient } from '@weft/mesh/consul';
import { Contracts, type EventContract } from '@weft/mesh/contracts';
import {
  connectNats,
  type ReceivedEvent,
  receivedEvent,
  storedSubjects,
  streamOf,
} from '@weft/mesh/events';
import { CliError } from '../CliError.ts';
import { MeshAccess } from '../call/MeshAccess.ts';
import { escapeLine } from '../output/escapeControls.ts';
import { print } from '../output/print.ts';
import { eventJson } from './eventJson.ts';
import { eventsNamed } from './eventsNamed.ts';

export interface TailOptions {
  /** Of NATS. */
  readonly url: string;
  /** Of services, subjects and messages; none: all. */
  readonly names: readonly string[];
  readonly key: string | undefined;
  /** Undefined: only what comes from now on. */
  readonly since: Date | undefined;
  /** Whether to wait for more. */
  readonly follow: boolean;
  readonly json: boolean;
}

/** The identity that NATS knows the operator by. */
const OPERATOR = 'cli';
const TIMEOUT_MS = 15_000;
/** After which NATS forgets a reader that has been killed. */
const FORGOTTEN_NS = 30_000 * 1_000_000;
const TIME_WIDTH = 24;
/** A UUID. */
const KEY_WIDTH = 36;

/**
 * Prints events, until the signal aborts; those of one service in their order.
 *
 * @throws CliError for a name that no contract has, and when NATS cannot be read.
 */
export async function tailEvents(
  consul: ConsulClient,
  options: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  const contracts = Contracts.load();
  const { names, url, json } = options;
  const chosen = new Set(
    names.length > 0
      ? names.flatMap((name) => eventsNamed(contracts, name))
      : contracts.events.values(),
  );
  const access = await MeshAccess.open(consul, OPERATOR, AbortSignal.timeout(TIMEOUT_MS));
  try {
    const connection = await connectNats({
      ...{ url, service: OPERATOR, name: 'weft events tail', wait: false },
      identity: access.files,
    }).catch((cause) => {
      throw new CliError(`NATS at ${url} cannot be reached: ${cause.message}`, { cause });
    });
    try {
      const show = json ? lineOfJson(contracts) : lineOfTable(contracts, [...chosen]);
      const ended = new AbortController();
      const either = AbortSignal.any([signal, ended.signal]);
      const streams = Map.groupBy(chosen, ({ publisher }) => publisher);
      await Promise.all(
        [...streams].map(([publisher, events]) =>
          tailStream(connection, publisher, events, { ...options, show }, either).catch((error) => {
            ended.abort();
            throw error;
          }),
        ),
      );
    } finally {
      await connection.close();
    }
  } finally {
    await access.close();
  }
}

async function tailStream(
  connection: NatsConnection,
  publisher: string,
  events: readonly EventContract[],
  {
    names,
    key,
    since,
    follow,
    show,
  }: TailOptions & { readonly show: (event: ReceivedEvent) => string },
  signal: AbortSignal,
): Promise<void> {
  const js = jetstream(connection, { timeout: TIMEOUT_MS });
  const reading: Partial<OrderedConsumerOptions> = {
    filter_subjects: events.map(({ subject }) => storedSubjects(subject, '*', key)),
    inactive_threshold: FORGOTTEN_NS,
    ...(since
      ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }
      : { deliver_policy: DeliverPolicy.New }),
  };
  let consumer: Consumer;
  try {
    consumer = await js.consumers.get(streamOf(publisher), reading);
  } catch (cause) {
    // The contracts have services that this mesh does not run.
    const isMissing = cause instanceof Error && /stream not found/.test(cause.message);
    if (isMissing && names.length === 0) return;
    const why = isMissing ? 'NATS has no stream of its events' : (cause as Error).message;
    throw new CliError(`${publisher}: ${why}`, { cause });
  }
  if (!follow && (await consumer.info()).num_pending === 0) return;
  const messages = await consumer.consume();
  const stop = () => messages.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  for await (const message of messages) {
    print(show(receivedEvent(message)));
    if (!follow && message.info.pending === 0) break;
  }
  signal.removeEventListener('abort', stop);
}

function lineOfJson(contracts: Contracts): (event: ReceivedEvent) => string {
  return (event) => {
    const { time, type, key, actor, trace, position } = event;
    const subject = contracts.events.get(type)?.subject;
    const said = { time, subject, type, key, actor, trace, position };
    return `${JSON.stringify({ ...said, event: eventJson(contracts, event) })}\n`;
  };
}

/** Prints the titles before the first. */
function lineOfTable(
  contracts: Contracts,
  chosen: readonly EventContract[],
): (event: ReceivedEvent) => string {
  const width = Math.max(...chosen.map(({ subject }) => subject.length));
  const line = (cells: readonly [string, string, string, string]) => {
    const [time, subject, key, content] = cells.map(escapeLine) as unknown as typeof cells;
    const begin = `${time.padEnd(TIME_WIDTH)}  ${subject.padEnd(width)}  ${key.padEnd(KEY_WIDTH)}`;
    return `${begin}  ${content}\n`;
  };
  print(line(['TIME', 'EVENT', 'KEY', 'CONTENT']));
  return (event) =>
    line([
      event.time.toISOString(),
      contracts.events.get(event.type)?.subject ?? event.type,
      event.key,
      JSON.stringify(eventJson(contracts, event)),
    ]);
}
