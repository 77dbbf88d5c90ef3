import type { ConsulClient } from '@weft/mesh/consul';
import { Contracts } from '@weft/mesh/contracts';
import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import {
  type DeadLetter,
  DeadLetterServiceDefinition,
  DeadLetterState,
} from '@weft/proto/weft/events/v1/dead_letters';
import { CliError } from '../CliError.ts';
import { OperatedServices } from '../operate/OperatedServices.ts';
import { escapeLine } from '../output/escapeControls.ts';
import { table } from '../output/table.ts';
import { timeOf } from '../output/timeOf.ts';
import { eventJson } from './eventJson.ts';
import { eventsNamed } from './eventsNamed.ts';

const { fullName, methods } = DeadLetterServiceDefinition;
const PAGE_SIZE = 1_000;
const STATES = new Map<DeadLetterState, string>(
  Object.entries(DeadLetterState).map(([name, value]) => [value, name.toLowerCase()]),
);

export interface DeadLetterFlags {
  /** Name of a subject or of a message. */
  readonly type?: string;
  readonly key?: string;
  readonly parked?: boolean;
  readonly json?: boolean;
}

/** Of one service, or of all. */
export async function listDeadLetters(
  consul: ConsulClient,
  service: string | undefined,
  { type, key = '', parked = false, json = false }: DeadLetterFlags,
): Promise<string> {
  const filter = { type: typeNamed(type), key, parked };
  const found: (readonly [string, DeadLetter])[] = [];
  await OperatedServices.use(consul, fullName, async (services) => {
    for (const each of await services.chosen(service)) {
      let pageToken = '';
      do {
        const request = { pageSize: PAGE_SIZE, pageToken, ...filter };
        const page = await services.call(each, methods.listDeadLetters, request);
        found.push(...page.deadLetters.map((letter) => [each, letter] as const));
        pageToken = page.nextPageToken;
      } while (pageToken);
    }
  });
  if (json) return found.map((each) => `${JSON.stringify(jsonOf(...each))}\n`).join('');
  if (found.length === 0) return 'There are no such events.\n';
  return table(
    ['SERVICE', 'ID', 'EVENT', 'KEY', 'STATE', 'TRIED', 'SINCE', 'BEHIND', 'CAUSE'],
    found.map(([name, letter]) => [
      ...[name, String(letter.id), letter.type, letter.key, stateOf(letter)],
      ...[String(letter.attempts), timeOf(letter.parkTime)],
      ...[letter.waiting > 0 ? String(letter.waiting) : '', letter.cause],
    ]),
  );
}

/** One, with what it says. */
export async function showDeadLetter(
  consul: ConsulClient,
  service: string,
  id: number,
  { json = false }: DeadLetterFlags,
): Promise<string> {
  const { letter, payload } = await OperatedServices.use(consul, fullName, async (services) => {
    const [name = service] = await services.chosen(service);
    const answer = await services.call(name, methods.getDeadLetter, { id });
    return { letter: answer.deadLetter as DeadLetter, payload: answer.payload };
  });
  const event = eventJson(Contracts.load(), { type: letter.type, payload });
  if (json) return `${JSON.stringify({ ...jsonOf(service, letter), event })}\n`;
  const { type, key, publisher, actor, attempts, cause, waiting } = letter;
  const lines = [
    `${type} ${key}: ${stateOf(letter)}`,
    `of         ${publisher}${actor && `, for ${actor}`}`,
    `written    ${timeOf(letter.eventTime)}`,
    `put aside  ${timeOf(letter.parkTime)}`,
    `tried      ${attempts} times`,
    ...(letter.retryTime ? [`next       ${timeOf(letter.retryTime)}`] : []),
    ...(cause ? [`cause      ${cause}`] : []),
    ...(waiting > 0 ? [`behind     ${waiting} of its key`] : []),
  ];
  const content = JSON.stringify(event, undefined, 2);
  return `${lines.map((line) => `${escapeLine(line)}\n`).join('')}${content}\n`;
}

/** @param id Undefined: all that are dead and as the filter says. */
export async function replayDeadLetters(
  consul: ConsulClient,
  service: string,
  id: number | undefined,
  { type, key = '' }: Pick<DeadLetterFlags, 'type' | 'key'>,
): Promise<string> {
  const request = { id: id ?? 0, type: typeNamed(type), key };
  const { replayed } = await OperatedServices.use(consul, fullName, async (services) => {
    const [name = service] = await services.chosen(service);
    return services.call(name, methods.replayDeadLetters, request);
  });
  return replayed === 1 ? '1 event is tried again.\n' : `${replayed} events are tried again.\n`;
}

/** Full name of the message that is meant. @throws CliError for what no contract has, and a service's name. */
function typeNamed(name: string | undefined): string {
  if (name === undefined) return '';
  const [event, ...others] = eventsNamed(Contracts.load(), name);
  if (event && others.length === 0) return event.type;
  throw new CliError(`"${name}" is several: name one of them`, { exitCode: 2 });
}

function stateOf({ state }: DeadLetter): string {
  return STATES.get(state) ?? 'unknown';
}

function jsonOf(service: string, letter: DeadLetter): object {
  const { id, publisher, type, key, actor, attempts, cause, waiting } = letter;
  const time = (value: Timestamp | undefined) => timeOf(value) || undefined;
  return {
    ...{ service, id, publisher, type, key, actor: actor || undefined },
    state: stateOf(letter),
    ...{ attempts, cause, waiting },
    eventTime: time(letter.eventTime),
    parkTime: time(letter.parkTime),
    retryTime: time(letter.retryTime),
  };
}
