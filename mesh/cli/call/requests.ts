import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type DescMessage, fromJson, type Message, type Registry } from '@bufbuild/protobuf';
import { CliError } from '../CliError.ts';

const WRONG = 2;

/**
 * The requests that a user gave as JSON: one, or with "-" one for each line of the input.
 *
 * @throws CliError when JSON is none, or none of this message.
 */
export async function* requests(
  json: string,
  input: Readable,
  schema: DescMessage,
  registry: Registry,
): AsyncGenerator<Message, void, void> {
  if (json !== '-') {
    yield read(json, 'the request', schema, registry);
    return;
  }
  let number = 0;
  for await (const line of createInterface({ input })) {
    number += 1;
    if (line.trim()) yield read(line, `line ${number}`, schema, registry);
  }
}

function read(json: string, what: string, schema: DescMessage, registry: Registry): Message {
  try {
    return fromJson(schema, JSON.parse(json), { registry });
  } catch (cause) {
    const { message } = cause as Error;
    throw new CliError(`${what} is no ${schema.typeName}: ${message}`, { cause, exitCode: WRONG });
  }
}
