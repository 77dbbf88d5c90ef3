import { randomUUID } from 'node:crypto';
import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import type { Folders } from '../settings/Folders.ts';
import { keepSecret } from '../setup/keepSecret.ts';
import { CONSUL_NODE } from '../topology/consul.ts';
import type { ServerTokens } from './serverTokens.ts';
import { tokenFile } from './tokenFile.ts';
import type { TokenHolder } from './tokenHolders.ts';
import { writePolicy } from './writePolicy.ts';

interface Token {
  readonly AccessorID: string;
  readonly Policies?: readonly { readonly ID: string }[];
}

interface Grants {
  readonly NodeIdentities?: readonly object[];
  readonly ServiceIdentities?: readonly object[];
  readonly Policies?: readonly { readonly ID: string }[];
}

/**
 * Gives each holder its token, in a file that only the owner of the mesh may read. Tokens that are there
 * already stay; their rules are brought up to date.
 *
 * @param consul With the management token.
 */
export async function issueTokens(
  consul: ConsulClient,
  folders: Folders,
  { agent }: ServerTokens,
  holders: readonly TokenHolder[],
): Promise<void> {
  await issue(consul, agent, 'agent', {
    NodeIdentities: [{ NodeName: CONSUL_NODE, Datacenter: 'dc1' }],
  });
  await consul.write('/agent/token/agent', { Token: agent });
  await Promise.all(
    holders.map(async ({ name, service, rules }) => {
      const token = await keepSecret(tokenFile(folders.home, name), randomUUID);
      await issue(consul, token, name, {
        ...(service && { ServiceIdentities: [{ ServiceName: service }] }),
        ...(rules && { Policies: [{ ID: await writePolicy(consul, `weft-${name}`, rules) }] }),
      });
    }),
  );
}

/** Makes the token, unless Consul knows it with these policies. */
async function issue(
  consul: ConsulClient,
  token: string,
  holder: string,
  grants: Grants,
): Promise<void> {
  const body = { Description: `${holder} of Weft`, ...grants };
  try {
    const { value } = await consul.withToken(token).read<Token>('/acl/token/self');
    const held = new Set(value.Policies?.map(({ ID }) => ID));
    if (grants.Policies?.every(({ ID }) => held.has(ID)) ?? true) return;
    await consul.write(`/acl/token/${value.AccessorID}`, body);
  } catch (error) {
    if (!(error instanceof ConsulError) || error.statusCode !== 403) throw error;
    await consul.write('/acl/token', { SecretID: token, ...body });
  }
}
