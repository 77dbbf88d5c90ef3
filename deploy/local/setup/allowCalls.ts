import type { ConsulClient, ConsulError } from '@weft/mesh/consul';

/** Which services may call a service. */
export interface Permission {
  readonly service: string;
  readonly callers: readonly string[];
}

interface ConfigEntry {
  readonly Kind: string;
  readonly Name: string;
  readonly Sources?: readonly { readonly Name: string }[];
  readonly ModifyIndex?: number;
}

/**
 * Writes what the mesh needs into Consul's config entries, and touches nothing that is there already:
 * whoever denies a caller, or gives it rules of its own, finds them again after the next start.
 */
export async function allowCalls(
  consul: ConsulClient,
  permissions: readonly Permission[],
): Promise<void> {
  for (const { service, callers } of permissions) {
    await declareGrpc(consul, service);
    await allowCallers(consul, service, callers);
  }
}

async function declareGrpc(consul: ConsulClient, service: string): Promise<void> {
  if (await readEntry(consul, 'service-defaults', service)) return;
  await writeEntry(consul, { Kind: 'service-defaults', Name: service, Protocol: 'grpc' }, 0);
}

async function allowCallers(
  consul: ConsulClient,
  service: string,
  callers: readonly string[],
): Promise<void> {
  const entry = await readEntry(consul, 'service-intentions', service);
  const known = entry?.Sources ?? [];
  const missing = callers.filter((caller) => !known.some(({ Name }) => Name === caller));
  if (missing.length === 0) return;
  const added = missing.map((Name) => ({
    Name,
    Action: 'allow',
    Description: 'Added by make up',
  }));
  await writeEntry(
    consul,
    {
      Kind: 'service-intentions',
      Name: service,
      ...entry,
      Sources: [...known, ...added],
    },
    entry?.ModifyIndex ?? 0,
  );
}

async function readEntry(
  consul: ConsulClient,
  kind: string,
  name: string,
): Promise<ConfigEntry | undefined> {
  try {
    return (await consul.read<ConfigEntry>(`/config/${kind}/${name}`)).value;
  } catch (error) {
    if ((error as ConsulError).statusCode === 404) return undefined;
    throw error;
  }
}

/** @param index Of the entry as it was read; 0: it must not exist. */
async function writeEntry(consul: ConsulClient, entry: object, index: number): Promise<void> {
  const written = await consul.write<boolean>(`/config?cas=${index}`, entry);
  if (!written) throw new Error('Consul: a config entry was changed meanwhile: try again');
}
