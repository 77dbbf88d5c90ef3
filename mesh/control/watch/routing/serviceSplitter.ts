import { z } from 'zod';
import { ENTRY_FIELDS, otherFields } from './otherFields.ts';

/** One share of a service's calls. */
export interface Split {
  /** Percent, to a hundredth. */
  readonly weight: number;
  /** Undefined: the service that the entry is named after. */
  readonly service: string | undefined;
  readonly subset: string | undefined;
}

/** A `service-splitter` config entry: how a service's calls are shared out. */
export interface ServiceSplitter {
  readonly splits: readonly Split[];
  /** What of it has no effect, and why. */
  readonly refusals: readonly string[];
}

const splitSchema = z.looseObject({
  // Consul leaves a 0 out in some answers.
  Weight: z.number().min(0).max(100).default(0),
  Service: z.string().nullish(),
  ServiceSubset: z.string().nullish(),
  Namespace: z.string().nullish(),
  Partition: z.string().nullish(),
});

export const serviceSplitterSchema = z
  .looseObject({ Splits: z.array(splitSchema).min(1) })
  .transform((entry): ServiceSplitter => {
    const refusals = otherFields(entry, [...ENTRY_FIELDS, 'Splits']).map(
      (field) => `${field} has no effect`,
    );
    const splits = entry.Splits.flatMap((raw, at): Split[] => {
      const label = `split ${at + 1}`;
      for (const place of [raw.Namespace, raw.Partition]) {
        if (!place || place === 'default') continue;
        refusals.push(`${label} is left out: "${place}" is not part of this mesh`);
        return [];
      }
      const read = ['Weight', 'Service', 'ServiceSubset', 'Namespace', 'Partition'];
      for (const field of otherFields(raw, read)) {
        refusals.push(`${label}: ${field} has no effect in gRPC`);
      }
      return [
        {
          weight: raw.Weight,
          service: raw.Service || undefined,
          subset: raw.ServiceSubset || undefined,
        },
      ];
    });
    return { splits, refusals };
  });
