import { randomUUID } from 'node:crypto';
import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import type { Folders } from '../settings/Folders.ts';
import { keepSecret } from '../setup/keepSecret.ts';
import { CONSUL_NODE } from '../topology/consul.ts';
import { readOrNone } from './readOrNone.ts';
import type { ServerTokens } from './serverTokens.ts';
import { tokenFile } from './tokenFile.ts';
import type { TokenHolder } from './tokenHolders.ts';

interface Policy {
  readonly ID: string;
  readonly Rules: string;
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

/** Makes the token, unless Consul knows it. */
async function issue(
  consul: ConsulClient,
  token: string,
  holder: string,
  grants: object,
): Promise<void> {
  try {
    await consul.withToken(token).read('/acl/token/self');
  } catch (error) {
    if (!(error instanceof ConsulError) || error.statusCode !== 403) throw error;
    await consul.write('/acl/token', {
      SecretID: token,
      Description: `${holder} of Weft`,
      ...grants,
    });
  }
}

/** @returns the policy's id. */
async function writePolicy(consul: ConsulClient, name: string, rules: string): Promise<string> {
  const known = await readOrNone<Policy>(consul, `/acl/policy/name/${name}`);
  if (known?.Rules === rules) return known.ID;
  const policy = { Name: name, Rules: rules };
  const path = known ? `/acl/policy/${known.ID}` : '/acl/policy';
  return (await consul.write<Policy>(path, policy)).ID;
}
