import type { FuzzTargetPair } from '../FuzzTarget.ts';

/** All that is fuzzed, by name: each is loaded where it is fuzzed. */
export const targets: Readonly<Record<string, () => Promise<FuzzTargetPair>>> = {
  consul: async () => (await import('./consul.ts')).consulTargets,
  contracts: async () => (await import('./contracts.ts')).contractsTargets,
  csv: async () => (await import('./csv.ts')).csvTargets,
  edge: async () => (await import('./edge.ts')).edgeTargets,
  regex: async () => (await import('./regex.ts')).regexTargets,
  rpc: async () => (await import('./rpc.ts')).rpcTargets,
  xds: async () => (await import('./xds.ts')).xdsTargets,
};

/** @throws when there is no such target. */
export async function loadTargets(name: string): Promise<FuzzTargetPair> {
  const load = targets[name];
  if (!load)
    throw new Error(`There is no target "${name}"; there are ${Object.keys(targets).join(', ')}.`);
  return load();
}
