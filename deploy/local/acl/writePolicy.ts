import type { ConsulClient } from '@weft/mesh/consul';
import { readOrNone } from './readOrNone.ts';

interface Policy {
  readonly ID: string;
  readonly Rules: string;
}

/** Writes a policy, or brings its rules up to date. @returns its id. */
export async function writePolicy(
  consul: ConsulClient,
  name: string,
  rules: string,
): Promise<string> {
  const known = await readOrNone<Policy>(consul, `/acl/policy/name/${name}`);
  if (known?.Rules === rules) return known.ID;
  const policy = { Name: name, Rules: rules };
  const path = known ? `/acl/policy/${known.ID}` : '/acl/policy';
  return (await consul.write<Policy>(path, policy)).ID;
}
