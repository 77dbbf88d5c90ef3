import { z } from 'zod';
import { ENTRY_FIELDS, otherFields } from './otherFields.ts';

/** The `proxy-defaults` config entry "global". */
export interface ProxyDefaults {
  /** Of services whose own service-defaults name none. */
  readonly protocol: string | undefined;
  /** What of it has no effect, and why. */
  readonly refusals: readonly string[];
}

export const proxyDefaultsSchema = z
  .looseObject({ Config: z.looseObject({ protocol: z.string().optional() }).nullish() })
  .transform(
    (entry): ProxyDefaults => ({
      protocol: entry.Config?.protocol || undefined,
      refusals: [
        ...otherFields(entry, [...ENTRY_FIELDS, 'Config']),
        ...otherFields(entry.Config ?? {}, ['protocol']).map((field) => `Config.${field}`),
      ].map((field) => `${field} has no effect: there is no proxy`),
    }),
  );
