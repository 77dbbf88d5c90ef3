import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError } from './ConfigError.ts';
import { readMeshConfig } from './MeshConfig.ts';
import { readConfig } from './readConfig.ts';

const schema = z.object({
  DATABASE_URL: z.url(),
  POOL_SIZE: z.coerce.number().int().max(100).default(10),
});

test('settings come out typed, with defaults for what is not set or empty', () => {
  const env = { DATABASE_URL: 'postgres://u@h/d', POOL_SIZE: '' };
  assert.deepEqual(readConfig(schema, env), { DATABASE_URL: 'postgres://u@h/d', POOL_SIZE: 10 });
});

test('all that is wrong is named at once, and no value is shown', () => {
  assert.throws(
    () => readConfig(schema, { POOL_SIZE: '4711' }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /DATABASE_URL: is not set/);
      assert.match(error.message, /POOL_SIZE: /);
      assert.ok(!error.message.includes('4711'));
      return true;
    },
  );
});

test('an empty environment is a good one for a process of the mesh', () => {
  const config = readMeshConfig({});
  assert.equal(config.xdsServer, `unix:${config.home}/sockets/control.sock`);
  assert.equal(config.instance, '1');
  assert.equal(config.port, undefined);
  assert.ok(config.home.startsWith('/'));
});

test('a setting of the mesh that is wrong is refused', () => {
  assert.throws(() => readMeshConfig({ WEFT_PORT: '70000' }), /WEFT_PORT/);
  assert.throws(() => readMeshConfig({ WEFT_INSTANCE: '../x' }), /WEFT_INSTANCE/);
  assert.throws(() => readMeshConfig({ WEFT_LOG_LEVEL: 'loud' }), /WEFT_LOG_LEVEL/);
});

test('patches are switched off by their names, and a name that there is not is refused with those that there are', () => {
  const off = (text: string) => [...readMeshConfig({ WEFT_PATCHES: text }).patchesOff];
  assert.deepEqual(off('-connectTimeout, -drainAfterRead'), ['connectTimeout', 'drainAfterRead']);
  assert.deepEqual(off(''), []);
  assert.throws(
    () => off('-conectTimeout'),
    /WEFT_PATCHES: there is no patch conectTimeout, but .*connectTimeout/,
  );
  assert.throws(() => off('connectTimeout'), /WEFT_PATCHES: connectTimeout: put a minus before/);
});

test('all settings of the mesh that are wrong are named at once', () => {
  assert.throws(
    () => readMeshConfig({ WEFT_DRAIN_MS: 'soon', WEFT_WORKERS: '0', WEFT_ZONE: 'z'.repeat(129) }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      const names = [...error.message.matchAll(/^ {2}(\w+): must be/gm)].map(([, name]) => name);
      assert.deepEqual(names, ['WEFT_ZONE', 'WEFT_WORKERS', 'WEFT_DRAIN_MS']);
      assert.ok(!error.message.includes('soon'));
      return true;
    },
  );
});
