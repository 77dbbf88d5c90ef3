import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { untilTold } from './controlClients.ts';

test('whoever has not come back to a control plane that was restarted is named', async () => {
  const coming = ['gateway-1', 'risk-1'];
  const server = createServer((_, response) => {
    const clients = coming.map((id) => ({ id }));
    response.end(JSON.stringify({ clients }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const where = `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`;
  const controls = [{ where }, { where: 'http://127.0.0.1:1/status' }] as ProcessSpec[];
  const lines: string[] = [];
  const progress = {
    report: (line: string) => void lines.push(line),
    signal: new AbortController().signal,
  };
  try {
    await untilTold(controls, new Set(coming), progress, 0);
    assert.deepEqual(lines, []);
    await untilTold(controls, new Set([...coming, 'web-2', 'web-1']), progress, 0);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', / from web-1, web-2: /);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
