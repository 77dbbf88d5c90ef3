import { z } from 'zod';
import { AnswerError } from './AnswerError.ts';
import type { ConfigEntries, ConfigEntry } from './ConfigEntries.ts';

const headers = z.array(
  z.looseObject({
    Kind: z.string(),
    Name: z.string().min(1),
    CreateIndex: z.number(),
    ModifyIndex: z.number(),
  }),
);

/**
 * Reads an answer of `/v1/config/:kind`.
 *
 * Entries that have not changed since `last` are taken from there, so a change costs the reading of one
 * entry, and callers can compare by identity. An entry whose newest form cannot be read keeps its last
 * good value.
 *
 * @throws AnswerError when the answer does not even name its entries, or they are of another kind.
 */
export function parseConfigEntries<T>(
  kind: string,
  schema: z.ZodType<T>,
  answer: unknown,
  last: ConfigEntries<T> | undefined,
): ConfigEntries<T> {
  const named = headers.safeParse(answer);
  if (!named.success) throw new AnswerError(`no list of ${kind}: ${z.prettifyError(named.error)}`);
  const entries = new Map<string, ConfigEntry<T>>();
  for (const raw of named.data) {
    if (raw.Kind !== kind) throw new AnswerError(`asked for ${kind}, answered ${raw.Kind}`);
    const known = last?.entries.get(raw.Name);
    const revision = `${raw.CreateIndex}.${raw.ModifyIndex}`;
    if (known?.revision === revision) {
      entries.set(raw.Name, known);
      continue;
    }
    const parsed = schema.safeParse(raw);
    entries.set(
      raw.Name,
      parsed.success
        ? { revision, value: parsed.data, raw, refused: undefined }
        : {
            revision,
            value: known?.value,
            raw: known?.raw,
            refused: z.prettifyError(parsed.error),
          },
    );
  }
  return { entries };
}
