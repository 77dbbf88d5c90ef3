import { FIELD_PREFIX, type StoredLine } from '../lines/StoredLine.ts';

/** What a line has beside its time, as others know it: its message under `message`, fields under their own names. */
export function plainFields(line: StoredLine): Record<string, unknown> {
  const {
    position: _position,
    _time,
    _msg: message,
    run: _run,
    sequence: _sequence,
    ...rest
  } = line;
  const [own, fields]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith(FIELD_PREFIX)) fields[name.slice(FIELD_PREFIX.length)] = value;
    else own[name] = value;
  }
  // A field cannot take the place of what is said of its line.
  return { ...fields, ...own, message };
}
