import { z } from 'zod';

/** What a `service-defaults` config entry says of a service. */
export const serviceDefaultsSchema = z
  .object({ Protocol: z.string().optional() })
  .transform((value) => ({ protocol: value.Protocol || 'tcp' }));

export type ServiceDefaults = z.infer<typeof serviceDefaultsSchema>;
