import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { ControlPlane } from '../mesh/control/index.ts';
import { TestConsul } from '../mesh/testing/TestConsul.ts';

/**
 * The packages that a service loads to start. One more makes each of dozens of services start later and larger: what only
 * some need comes when it is first needed.
 */
const EXPECTED: ReadonlySet<string> = new Set([
  ...['@bufbuild/protobuf', '@bufbuild/protovalidate'],
  ...['@grpc/grpc-js', '@js-sdsl/ordered-map'],
  ...['@grpc/grpc-js-xds', 'vscode-uri', 'xxhash-wasm', 'protobufjs', 'long'],
  ...[
    'aspromise',
    'base64',
    'codegen',
    'eventemitter',
    'fetch',
    'float',
    'path',
    'pool',
    'utf8',
  ].map((part) => `@protobufjs/${part}`),
  ...['@opentelemetry/api', '@opentelemetry/context-async-hooks'],
  ...['consul', 'papi'],
  ...['pino', 'pino-std-serializers', '@pinojs/redact', 'quick-format-unescaped', 'sonic-boom'],
  ...['atomic-sleep', 'on-exit-leak-free', 'thread-stream', 'safe-stable-stringify'],
]);

/** Of some packages, a part only: the rest of them is many times as large. */
const UNEXPECTED_PARTS = [
  // Anything but the descriptor of the rules' options.
  /\/@bufbuild\/protovalidate\/(?!.*\/validate_pb\.js$)/,
  // What reads .proto files.
  /\/protobufjs\/src\/parse\.js$/,
];

/** Such as "@grpc/grpc-js". */
function packageOf(url: string): string {
  const [, name = ''] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return name;
}

test('a service without settings of its own starts without what only others need', async (t) => {
  const consul = await TestConsul.start();
  t.after(() => consul.stop());
  const log = pino({ level: 'silent' });
  const listen = { listen: '127.0.0.1:0', admin: '127.0.0.1:0' };
  const control = await ControlPlane.start({ ...listen, consul: consul.client, log });
  t.after(() => control.stop());
  const home = await mkdtemp(join(tmpdir(), 'weft-light-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const script = fileURLToPath(new URL('support/modulesOfMember.ts', import.meta.url));
  const member = fork(script, {
    env: {
      ...process.env,
      CONSUL_HTTP_ADDR: consul.client.address,
      WEFT_XDS_SERVER: control.xdsServer,
      WEFT_HOME: home,
      WEFT_LOG_LEVEL: 'warn',
    },
  });
  t.after(() => member.kill('SIGKILL'));
  const ended = once(member, 'exit').then(([code]) => assert.fail(`it ended with ${code}`));
  const [modules] = (await Promise.race([once(member, 'message'), ended])) as [string[]];
  const packages = modules.filter((url) => url.includes('/node_modules/'));
  assert.ok(packages.length > 100, `it says that it has loaded ${packages.length} modules`);
  const unexpected = packages.filter(
    (url) =>
      !EXPECTED.has(packageOf(url)) || UNEXPECTED_PARTS.some((expression) => expression.test(url)),
  );
  assert.deepEqual([...new Set(unexpected.map(packageOf))], []);
});
