import type { ServiceFolder } from '@weft/mesh/manifest';

type Running = Pick<ServiceFolder, 'name' | 'upstreams'>;

/**
 * Checks that nobody who stays calls what is taken away.
 *
 * @param names Of what is taken away.
 * @throws with who does, and the command that takes all of them away.
 */
export function assertNotNeeded(names: readonly string[], running: readonly Running[]): void {
  const going = new Set(names);
  const needs: string[] = [];
  // A set is walked in the order of insertion, and also over what is added on the way.
  for (const name of going) {
    for (const { name: caller, upstreams } of running) {
      if (going.has(caller) || !upstreams.includes(name)) continue;
      going.add(caller);
      needs.push(`${caller} calls ${name}`);
    }
  }
  if (needs.length === 0) return;
  const all = [...going].sort().join(',');
  const how = going.size === 2 ? 'Both' : 'All of them';
  throw new Error(`Nothing was stopped: ${needs.join(', ')}. ${how}: make down ONLY=${all}`);
}
