import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlAddresses } from './controlAddresses.ts';

test('a host’s control planes are named as gRPC names them', () => {
  const cases: Record<string, ReturnType<typeof controlAddresses>> = {
    'unix:/run/a.sock': [{ path: '/run/a.sock' }],
    'unix:///run/a.sock': [{ path: '/run/a.sock' }],
    'unix:/run/a.sock,/run/b.sock': [{ path: '/run/a.sock' }, { path: '/run/b.sock' }],
    'unix:here.sock': [{ path: 'here.sock' }],
    'ipv4:127.0.0.1:1,127.0.0.1:2': [
      { host: '127.0.0.1', port: 1 },
      { host: '127.0.0.1', port: 2 },
    ],
    'ipv6:[::1]:1': [{ host: '::1', port: 1 }],
    'dns:///localhost:1': [{ host: 'localhost', port: 1 }],
    'localhost:1': [{ host: 'localhost', port: 1 }],
  };
  for (const [target, addresses] of Object.entries(cases)) {
    assert.deepEqual(controlAddresses(target), addresses, target);
  }
  assert.throws(() => controlAddresses('no address'), TypeError);
});
