import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPorts, portsFrom } from '../settings/ports.ts';
import { warnOfPorts } from './warnOfPorts.ts';

test('ports that an outgoing connection may take are named, and the usual ones are none', async () => {
  assert.equal(await warnOfPorts(defaultPorts, '32768\t60999\n'), undefined);
  assert.match(
    (await warnOfPorts(portsFrom(32_763), '32768\t60999')) ?? '',
    /^Ports 32768, .* 3277\d lie/,
  );
  assert.equal(await warnOfPorts(portsFrom(40_000), ''), undefined);
});
