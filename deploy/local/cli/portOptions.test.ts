import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Command } from 'commander';
import { defaultPorts, portNames } from '../settings/ports.ts';
import { portVariable } from '../setup/assertPortsFree.ts';
import { addPortOptions, choosePorts, type PortOptions } from './portOptions.ts';

function choose(args: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  const options = addPortOptions(command, defaultPorts).parse(args, { from: 'user' });
  return choosePorts(options.opts<PortOptions>(), defaultPorts);
}

// Whoever runs the tests may have ports of their own.
before(() => {
  for (const name of ['WEFT_PORT_BASE', ...portNames.map(portVariable)]) delete process.env[name];
});

test('without a word, the ports are those of the mesh that runs, or the usual ones', () => {
  assert.deepEqual(choose([]), defaultPorts);
});

test('a base moves all of them, and one of its own is not moved', () => {
  const ports = choose(['--port-base', '20000', '--consul-port', '8501']);
  assert.equal(ports.edge, 20_000);
  assert.equal(ports.consul, 8501);
  assert.equal(new Set(Object.values(ports)).size, Object.keys(defaultPorts).length);
});

test('what is no port is refused', () => {
  for (const text of ['0', '65536', '80a', '-1', '']) {
    assert.throws(() => choose([`--edge-port=${text}`]), /1 to 65535/, text);
  }
});
