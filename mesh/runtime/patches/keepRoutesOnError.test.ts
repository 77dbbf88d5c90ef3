import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Gives a resolver of xds: some routes, one after the other, in a process of its own. Answers what it has heard of each. */
async function resolve(regexes: readonly string[], isPatched: boolean): Promise<unknown> {
  const script = `
    import { createRequire } from 'node:module';
    import { experimental } from '@grpc/grpc-js';
    import { applyPatches } from '${import.meta.resolve('./applyPatches.ts')}';
    const require = createRequire('${import.meta.url}');
    const log = { info() {}, warn: (_, text) => { throw new Error(text); } };
    const xds = require('@grpc/grpc-js-xds');
    xds.register();
    if (${isPatched}) await applyPatches('registered', { log });
    const heard = [];
    const listen = (endpoints) => heard.push(endpoints.ok ? 'routes' : endpoints.error.details);
    const resolver = experimental.createResolver({ scheme: 'xds', path: 'echo' }, listen, {});
    // What would follow the clusters, and needs a control plane.
    resolver.xdsDependencyManager = { addClusterSubscription: () => () => {} };
    for (const regex of ${JSON.stringify(regexes)}) {
      const route = { cluster_specifier: 'cluster', cluster: 'echo', hash_policy: [] };
      const match = { path_specifier: 'safe_regex', safe_regex: { regex }, headers: [] };
      const made = resolver.handleXdsConfig({
        listener: { api_listener: { api_listener: { value: Buffer.alloc(0) } } },
        virtualHost: { routes: [{ match, route }] },
      });
      // Nobody waits for it but this test.
      if (${isPatched}) await made;
      else await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
    process.stdout.write(JSON.stringify(heard));
    process.exit();
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
  });
  return JSON.parse(stdout);
}

test('routes that cannot be made leave a caller with those before', async () => {
  assert.deepEqual(await resolve(['a', '(', 'b'], true), ['routes', 'routes']);
  await assert.rejects(resolve(['('], false), /missing \)/);
});

test('a caller that has had no routes hears why there are none', async () => {
  const [reason, next] = (await resolve(['(', 'a'], true)) as string[];
  assert.match(reason ?? '', /xds:.*echo: routes that cannot be made: .*missing \)/);
  assert.equal(next, 'routes');
});
