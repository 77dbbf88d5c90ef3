import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervisorEnvironment } from './supervisorEnvironment.ts';

test('of the environment of who starts a mesh, its programs get what they need of the machine, and nothing else', () => {
  const machine = {
    PATH: '/bin',
    HOME: '/home/me',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    TMPDIR: '/tmp/x',
  };
  const { WEFT_SUPERVISED, NO_PROXY, no_proxy, ...rest } = supervisorEnvironment('/home/of/mesh', {
    ...machine,
    AWS_SECRET_ACCESS_KEY: 's3cret',
    GITHUB_TOKEN: 'ghp',
    SSH_AUTH_SOCK: '/run/agent',
    DATABASE_URL: 'postgresql://me:password@host/postgres',
    CONSUL_HTTP_TOKEN: 'token',
    NODE_OPTIONS: '--inspect',
    LD_PRELOAD: '/lib.so',
    WEFT_HOME: '/other',
    MAKEFLAGS: 'w',
    npm_config_yes: 'true',
  });
  assert.deepEqual(rest, machine);
  assert.equal(WEFT_SUPERVISED, '/home/of/mesh');
  assert.equal(NO_PROXY, no_proxy);
});

test('addresses on this machine are reached without a proxy', () => {
  const { NO_PROXY } = supervisorEnvironment('/h', { NO_PROXY: 'example.org' });
  assert.deepEqual(NO_PROXY?.split(','), ['example.org', '127.0.0.1', 'localhost']);
});
