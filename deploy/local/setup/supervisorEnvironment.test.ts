import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervisorEnvironment } from './supervisorEnvironment.ts';

test('what was meant for make, npm or one process is not passed on; the rest is', () => {
  const { PATH, WEFT_LOG_LEVEL, ...rest } = supervisorEnvironment('/home/of/mesh', {
    PATH: '/bin',
    WEFT_LOG_LEVEL: 'debug',
    WEFT_PORT: '9000',
    WEFT_HOME: '/other',
    MAKEFLAGS: 'w',
    npm_config_yes: 'true',
    NODE_TEST_CONTEXT: 'child-v8',
  });
  assert.deepEqual([PATH, WEFT_LOG_LEVEL], ['/bin', 'debug']);
  assert.deepEqual(Object.keys(rest).sort(), ['NO_PROXY', 'WEFT_SUPERVISED', 'no_proxy']);
});

test('addresses on this machine are reached without a proxy', () => {
  const { NO_PROXY } = supervisorEnvironment('/h', { NO_PROXY: 'example.org' });
  assert.deepEqual(NO_PROXY?.split(','), ['example.org', '127.0.0.1', 'localhost']);
});
