import { z } from 'zod';
import { ENTRY_FIELDS, otherFields } from './routing/otherFields.ts';
import { readUpstreams, type Upstreams } from './routing/upstreams.ts';

/** What a `service-defaults` config entry says of a service. */
export interface ServiceDefaults {
  /** Undefined: it names none. */
  readonly protocol: string | undefined;
  /** How the service calls others. */
  readonly upstreams: Upstreams;
  /** What of it has no effect, and why. */
  readonly refusals: readonly string[];
}

export const serviceDefaultsSchema = z
  .looseObject({
    Protocol: z.string().optional(),
    UpstreamConfig: z.unknown().optional().transform(readUpstreams),
  })
  .transform((entry): ServiceDefaults => {
    const { refusals, ...upstreams } = entry.UpstreamConfig;
    const others = otherFields(entry, [...ENTRY_FIELDS, 'Protocol', 'UpstreamConfig']);
    return {
      protocol: entry.Protocol || undefined,
      upstreams,
      refusals: [
        ...others.map((field) => `${field} has no effect: there is no proxy`),
        ...refusals,
      ],
    };
  });
