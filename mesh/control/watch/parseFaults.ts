import { z } from 'zod';
import { faultSchema } from '../../consul/faultSchema.ts';
import { FAULTS_PREFIX, type Fault } from '../../consul/index.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { regexProblem } from '../syntax/safeRegex.ts';
import { AnswerError } from './AnswerError.ts';
import type { ConfigEntries, ConfigEntry } from './ConfigEntries.ts';

const keys = z.array(
  z.looseObject({
    Key: z.string(),
    Value: z.string().nullable(),
    CreateIndex: z.number(),
    ModifyIndex: z.number(),
  }),
);

/**
 * Reads an answer of `/v1/kv/weft/faults/?recurse`.
 *
 * A fault that cannot be read is none: unlike a permission, it is safe to be without. Those that have
 * not changed since `last` are taken from there.
 *
 * @throws AnswerError when the answer is no list of keys below `weft/faults/`.
 */
export function parseFaults(
  answer: unknown,
  last: ConfigEntries<Fault> | undefined,
): ConfigEntries<Fault> {
  const listed = keys.safeParse(answer);
  if (!listed.success) throw new AnswerError(`no list of keys: ${z.prettifyError(listed.error)}`);
  const entries = new Map<string, ConfigEntry<Fault>>();
  for (const { Key, Value, CreateIndex, ModifyIndex } of listed.data) {
    if (!Key.startsWith(FAULTS_PREFIX)) throw new AnswerError(`asked for faults, answered ${Key}`);
    const service = Key.slice(FAULTS_PREFIX.length);
    // A folder has a key of its own when it was made on Consul's web page.
    if (service === '') continue;
    const revision = `${CreateIndex}.${ModifyIndex}`;
    const known = last?.entries.get(service);
    entries.set(service, known?.revision === revision ? known : read(service, revision, Value));
  }
  return { entries };
}

function read(service: string, revision: string, value: string | null): ConfigEntry<Fault> {
  const refuse = (refused: string) => ({ revision, value: undefined, refused });
  if (!isServiceName(service)) return refuse('the key names no service');
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(value ?? '', 'base64').toString());
  } catch (error) {
    return refuse(`not JSON: ${(error as Error).message}`);
  }
  const fault = faultSchema.safeParse(json);
  if (!fault.success) return refuse(z.prettifyError(fault.error));
  for (const { name, regex } of fault.data.headers ?? []) {
    const problem = regex && regexProblem(regex);
    if (problem) return refuse(`header ${name}: ${problem}`);
  }
  return { revision, value: fault.data, refused: undefined };
}
