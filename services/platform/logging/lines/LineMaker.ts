import { flatten } from './flatten.ts';
import { limits } from './limits.ts';
import { printable } from './printable.ts';
import type { ReadLine } from './ReadLine.ts';
import type { Redaction } from './Redaction.ts';
import { rfc3339 } from './rfc3339.ts';
import { FIELD_PREFIX, type Mark, type StoredLine } from './StoredLine.ts';

/** Makes what is kept of what was sent: bounded, without secrets, under the name of its sender. */
export class LineMaker {
  readonly #redaction: Redaction;
  /** Names of fields that each service has had. */
  readonly #names = new Map<string, Set<string>>();

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /**
   * @param service Who has sent it, as the sender's certificate says.
   * @param position Of the line: when it was taken in.
   * @param origin What it is known by when it is sent again.
   */
  make(
    line: ReadLine,
    service: string,
    position: number,
    origin: Pick<StoredLine, 'run' | 'sequence'> = {},
  ): StoredLine {
    const marks = new Set<Mark>(line.unparsed ? ['unparsed'] : []);
    const received = BigInt(position) * 1_000n;
    const time = timeOf(line.time, received, marks);
    const claims: Record<string, string> = {};
    if (line.service !== undefined && line.service !== service) {
      marks.add('service_corrected');
      claims.claimedService = line.service;
    }
    if (marks.has('time_corrected') && line.time !== undefined) {
      claims.claimedTime = rfc3339(line.time);
    }
    const message = this.#text(line.message, limits.message, marks);
    const fields = this.#fields({ ...line.fields, ...claims }, service, marks);
    return {
      position,
      _time: rfc3339(time),
      // VictoriaLogs would put a text of its own in the place of an empty message.
      _msg: message === '' ? '-' : message,
      service,
      instance: printable(line.instance ?? '').slice(0, limits.name),
      level: line.level,
      ...(line.traceId === undefined ? {} : { traceId: line.traceId }),
      ...fields,
      ...(marks.size === 0 ? {} : { marks: [...marks].join(',') }),
      ...origin,
    };
  }

  #fields(
    all: Readonly<Record<string, unknown>>,
    service: string,
    marks: Set<Mark>,
  ): Record<`${typeof FIELD_PREFIX}${string}`, string> {
    const { flat, more } = flatten(all, limits.count);
    if (more) marks.add('fields_dropped');
    const known = this.#names.get(service) ?? new Set();
    this.#names.set(service, known);
    const fields: Record<`${typeof FIELD_PREFIX}${string}`, string> = {};
    let room: number = limits.fields;
    for (const [written, value] of flat) {
      const name = printable(written).slice(0, limits.name);
      if (!known.has(name) && known.size >= limits.names) {
        marks.add('fields_dropped');
        continue;
      }
      const redacted = this.#redaction.value(written, value);
      if (redacted !== value) marks.add('redacted');
      const kept = bounded(redacted, Math.min(limits.value, room - name.length), marks);
      if (kept === '') continue;
      room -= name.length + kept.length;
      known.add(name);
      fields[`${FIELD_PREFIX}${name}`] = kept;
    }
    return fields;
  }

  #text(text: string, most: number, marks: Set<Mark>): string {
    // What is cut off cannot be secret; a secret that is cut through must not pass.
    const redacted = this.#redaction.text(text.slice(0, 2 * most));
    if (redacted !== text.slice(0, 2 * most)) marks.add('redacted');
    if (text.length > 2 * most) marks.add('truncated');
    return bounded(redacted, most, marks);
  }
}

function bounded(text: string, most: number, marks: Set<Mark>): string {
  if (text.length > most) marks.add('truncated');
  return printable(text.slice(0, Math.max(0, most)));
}

function timeOf(time: bigint | undefined, received: bigint, marks: Set<Mark>): bigint {
  if (time !== undefined && time >= received - limits.late && time <= received + limits.early) {
    return time;
  }
  marks.add('time_corrected');
  return received;
}
