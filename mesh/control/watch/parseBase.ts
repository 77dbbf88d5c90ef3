import { z } from 'zod';
import { AnswerError } from './AnswerError.ts';

const label = /^[a-z0-9]([a-z0-9._-]{0,252}[a-z0-9])?$/i;
const roots = z.object({
  TrustDomain: z.string().regex(label),
  Roots: z.array(z.unknown()).min(1),
});
const self = z.object({ Config: z.object({ Datacenter: z.string().regex(label) }) });
const catalog = z.record(z.string(), z.array(z.string()));

/** The trust domain of an answer of `/v1/connect/ca/roots`. @throws AnswerError */
export function parseTrustDomain(answer: unknown): string {
  return read('roots', roots, answer).TrustDomain;
}

/** The datacenter of an answer of `/v1/agent/self`. @throws AnswerError */
export function parseDatacenter(answer: unknown): string {
  return read('agent', self, answer).Config.Datacenter;
}

/** The names of an answer of `/v1/catalog/services`. @throws AnswerError */
export function parseCatalog(answer: unknown): readonly string[] {
  return Object.keys(read('catalog', catalog, answer)).sort();
}

function read<T>(what: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new AnswerError(`no ${what}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
