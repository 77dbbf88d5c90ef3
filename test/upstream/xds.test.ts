import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ServerCredentials } from '@grpc/grpc-js';
import { XdsServer } from '@grpc/grpc-js-xds';
import { parseConfig } from '@grpc/grpc-js-xds/build/src/rbac.js';
import { getPredicateForStringMatcher } from '@grpc/grpc-js-xds/build/src/route.js';
import { validateBootstrapConfig } from '@grpc/grpc-js-xds/build/src/xds-bootstrap.js';
import { XdsDependencyManager } from '@grpc/grpc-js-xds/build/src/xds-dependency-manager.js';
import { ListenerResourceType } from '@grpc/grpc-js-xds/build/src/xds-resource-type/listener-resource-type.js';
import { countTimers, idlePriorityPolicy } from '../../mesh/runtime/testing/priorityPolicy.ts';
import { upstreamBug } from './upstreamBug.ts';

const library = '@grpc/grpc-js-xds';

function bootstrap(node: object) {
  return {
    xds_servers: [{ server_uri: '127.0.0.1:1', channel_creds: [{ type: 'insecure' }] }],
    node,
    server_listener_resource_name_template: 'server/%s',
  };
}

/** Whether something throws, with words that tell it from other mishaps. */
function throws(action: () => unknown, words: RegExp): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (!words.test((error as Error).message)) throw error;
    return true;
  }
}

upstreamBug(
  {
    library,
    symptom: 'a bootstrap whose node has no locality is refused',
    workaround: 'mesh/runtime/identity/bootstrap.ts (locality)',
  },
  () => throws(() => validateBootstrapConfig(bootstrap({ id: 'n', cluster: 'c' })), /locality/),
);

upstreamBug(
  {
    library,
    symptom: 'an XdsServer cannot listen on a port that the system chooses',
    workaround: 'mesh/runtime/server/freePort.ts',
  },
  () => {
    const node = { id: 'n', cluster: 'c', locality: {} };
    const server = new XdsServer({
      'grpc.TEST_ONLY_DO_NOT_USE_IN_PROD.xds_bootstrap_config': JSON.stringify(bootstrap(node)),
    } as object);
    const bind = () =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), () => {});
    const refused = throws(bind, /non-zero port/);
    server.forceShutdown();
    return refused;
  },
);

upstreamBug(
  {
    library: '@grpc/grpc-js',
    symptom: 'outlier detection without a minimum of hosts ends the process',
    workaround: 'mesh/control/translate/outlierDetection.ts',
  },
  async (t) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('outlierDetection.ts', import.meta.url))],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    t.after(() => child.kill('SIGKILL'));
    let written = '';
    child.stderr.on('data', (chunk) => {
      written += chunk;
    });
    const [code] = await once(child, 'close');
    return code !== 0 && written.includes('Reduce of empty array');
  },
);

upstreamBug(
  {
    library,
    symptom: 'an update that only adds something is taken for no change',
    workaround: 'mesh/control/xds/Resource.ts (makeStampedResource)',
  },
  () => ListenerResourceType.get().resourcesEqual({ had: 1 }, { had: 1, added: 2 }),
);

function matches(regex: string, text: string): boolean {
  const matcher = { match_pattern: 'safe_regex', safe_regex: { regex } };
  return getPredicateForStringMatcher(matcher as never).apply(text);
}

upstreamBug(
  {
    library,
    symptom: 'of a regular expression with alternatives, each is anchored at one end only',
    workaround: 'mesh/control/syntax/safeRegex.ts (safeRegex)',
  },
  () => matches('/a|/b', '/a/admin'),
);

upstreamBug(
  {
    library,
    symptom: 'a regular expression that is none throws where a route is made',
    workaround: 'mesh/control/syntax/safeRegex.ts (regexProblem)',
  },
  () => throws(() => matches('(', ''), /\(/),
);

upstreamBug(
  {
    library,
    symptom: 'a regular expression that was is never freed',
    workaround: 'mesh/runtime/patches/matchByRe2js.ts',
  },
  async () => {
    // In a process of its own: nothing matches after it.
    const script = `
      const { SafeRegexValueMatcher } = require('@grpc/grpc-js-xds/build/src/matcher.js');
      for (let update = 0; update < 200; update += 1) new SafeRegexValueMatcher('\\\\pL+');
    `;
    const child = spawn(process.execPath, ['--eval', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let written = '';
    child.stderr.on('data', (chunk) => {
      written += chunk;
    });
    const [code] = await once(child, 'close');
    return code !== 0 && written.includes('OOM');
  },
);

upstreamBug(
  {
    library,
    symptom: 'a caller is known by its common name where its URI does not match',
    workaround: 'mesh/runtime/permission/withoutCommonName.ts',
  },
  () => {
    const principal_name = {
      match_pattern: 'exact',
      exact: 'spiffe://x/svc/web',
      ignore_case: false,
    };
    const rules = parseConfig({
      action: 'ALLOW',
      policies: {
        allow: {
          permissions: [{ rule: 'any', any: true }],
          principals: [{ identifier: 'authenticated', authenticated: { principal_name } }],
        },
      },
    } as never);
    const subject = { CN: 'spiffe://x/svc/web' };
    const peerCertificate = { subjectaltname: 'URI:spiffe://x/svc/risk', subject };
    return rules.apply({ tls: true, peerCertificate } as never);
  },
);

upstreamBug(
  {
    library,
    symptom: 'a priority policy that is destroyed leaves its timers running',
    workaround: 'mesh/runtime/patches/clearPriorityTimers.ts',
  },
  () => {
    const before = countTimers();
    const policy = idlePriorityPolicy();
    const children = [...policy.children.values()];
    policy.destroy();
    const isThere = countTimers() > before;
    for (const child of children) Reflect.get(child, 'maybeReactivate').call(child);
    return isThere;
  },
);

upstreamBug(
  {
    library,
    symptom: 'retries by xDS are not throttled',
    workaround: 'mesh/runtime/patches/throttleRetries.ts',
  },
  () => {
    // Where the service configuration is made of routes: nothing else could ask for it.
    const file = fileURLToPath(import.meta.resolve('@grpc/grpc-js-xds/build/src/resolver-xds.js'));
    const source = readFileSync(file, 'utf8');
    return source.includes('loadBalancingConfig') && !source.includes('retryThrottling');
  },
);

/** A route configuration with a virtual host for each of these names. */
const routesFor = (names: readonly string[]) => ({
  name: 'r',
  virtual_hosts: names.map((name) => ({
    name,
    domains: [name],
    routes: [{ route: { cluster_specifier: 'cluster', cluster: 'c' } }],
  })),
});

upstreamBug(
  {
    library,
    symptom: 'routes that lose their virtual host end a client',
    workaround: 'mesh/control/translate/nowhere.ts',
  },
  () => {
    const watched = new Map<string, { onGenericResourceChanged(resource: object): void }>();
    const client = {
      watchResource: (_type: object, name: string, watcher: never) => watched.set(name, watcher),
      cancelResourceWatch: () => {},
    };
    const updates: { ok: boolean; value?: { virtualHost: object | null } }[] = [];
    const manager = new XdsDependencyManager(client as never, 'listener', 'a', {
      onUpdate: (update: never) => updates.push(update),
    } as never);
    const tell = (name: string, resource: object) =>
      watched.get(name)?.onGenericResourceChanged(resource);
    // An HttpConnectionManager with `rds: { route_config_name: "r" }`.
    const value = Buffer.from([0x1a, 3, 0x12, 1, 0x72]);
    tell('listener', { api_listener: { api_listener: { value } } });
    tell('r', routesFor(['a']));
    tell('c', { type: 'EDS', name: 'c' });
    tell('c', { cluster_name: 'c', endpoints: [] });
    // A call is under way.
    const release = manager.addClusterSubscription('c');
    tell('r', routesFor([]));
    if (updates.at(-1)?.ok !== false) throw new Error('the loss of the virtual host is not told');
    release();
    const { ok, value: routes } = updates.at(-1) ?? {};
    return ok === true && routes?.virtualHost === null;
  },
);
