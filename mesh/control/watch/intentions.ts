import { z } from 'zod';
import { type Permission, permissionsSchema } from './permission.ts';

const source = z
  .object({
    Name: z.string().min(1),
    Action: z.enum(['allow', 'deny', '']).optional(),
    Permissions: z.array(z.unknown()).nullish(),
    Type: z.string().optional(),
    Namespace: z.string().optional(),
    Partition: z.string().optional(),
    Peer: z.string().optional(),
    SamenessGroup: z.string().optional(),
  })
  .refine((value) => value.Action || value.Permissions?.length, {
    message: 'neither Action nor Permissions',
  })
  .transform((value) => ({
    name: value.Name,
    action: value.Permissions?.length
      ? ('permissions' as const)
      : (value.Action as 'allow' | 'deny'),
    ...readPermissions(value.Permissions ?? []),
    elsewhere: elsewhere(value),
  }));

/** A `service-intentions` config entry: who may call the service it is named after. */
export const intentionsSchema = z
  .object({
    Sources: z.array(source).nullish(),
    JWT: z.unknown().optional(),
  })
  .transform((value) => ({
    sources: value.Sources ?? [],
    requiresJwt: value.JWT !== undefined && value.JWT !== null,
  }));

export type Intentions = z.infer<typeof intentionsSchema>;
export type IntentionSource = Intentions['sources'][number];

/** Permissions that cannot be read deny their source alone, and leave the other sources of the entry as they are. */
function readPermissions(raw: readonly unknown[]): {
  readonly permissions: readonly Permission[];
  /** Why they cannot be read. */
  readonly unreadable: string | undefined;
} {
  const read = permissionsSchema.safeParse(raw);
  return read.success
    ? { permissions: read.data, unreadable: undefined }
    : { permissions: [], unreadable: z.prettifyError(read.error) };
}

/** Where a source lives that is no service of this datacenter's default namespace. */
function elsewhere(value: {
  readonly Type?: string | undefined;
  readonly Namespace?: string | undefined;
  readonly Partition?: string | undefined;
  readonly Peer?: string | undefined;
  readonly SamenessGroup?: string | undefined;
}): string | undefined {
  if (value.Type && value.Type !== 'consul') return `type ${value.Type}`;
  if (value.Peer) return `peer ${value.Peer}`;
  if (value.SamenessGroup) return `sameness group ${value.SamenessGroup}`;
  if (value.Partition && value.Partition !== 'default') return `partition ${value.Partition}`;
  if (value.Namespace && value.Namespace !== 'default') return `namespace ${value.Namespace}`;
  return undefined;
}
