import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ROUND_ROBIN } from '../chain/describeTarget.ts';
import { identity } from '../testing/samples.ts';
import type { ClusterParts } from '../translate/cluster.ts';
import { SharedClusters } from './SharedClusters.ts';

const parts = (more: Partial<ClusterParts> = {}): ClusterParts => ({
  target: { service: 'api', subset: undefined },
  identity: { ...identity },
  tls: { kind: 'provider' },
  loadBalancing: ROUND_ROBIN,
  upstream: {},
  connectTimeoutMs: undefined,
  refused: [],
  ...more,
});

test('callers without a policy of their own share a cluster; another policy or identity is another', () => {
  const clusters = new SharedClusters();
  const one = clusters.get(parts());
  assert.equal(clusters.get(parts()), one);
  const others = [
    parts({ target: { service: 'api', subset: 'v1' } }),
    parts({ tls: { kind: 'sds', file: '/secrets' } }),
    parts({ upstream: { maxConcurrentRequests: 3 } }),
    parts({ identity: { ...identity, trustDomain: 'other.consul' } }),
  ].map((other) => clusters.get(other));
  assert.equal(new Set([one, ...others].map(({ version }) => version)).size, 5);
});

test('clusters that nobody has any more are forgotten', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const clusters = new SharedClusters();
  const kept = clusters.get(parts());
  for (let i = 0; i < 100; i++) {
    clusters.get(parts({ target: { service: `s${i}`, subset: undefined } }));
  }
  const deadline = performance.now() + 30_000;
  while (clusters.size > 1 && performance.now() < deadline) {
    collect();
    await sleep(10);
  }
  assert.equal(clusters.size, 1);
  assert.equal(clusters.get(parts()), kept);
});
