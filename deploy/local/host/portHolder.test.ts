import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { isPortFree } from './isPortFree.ts';
import { describeHolder, portHolder } from './portHolder.ts';

for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
  test(`names who listens on ${host}`, async () => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.equal(await isPortFree(port), false);
    const holder = await portHolder(port);
    assert.equal(holder?.pid, process.pid);
    assert.match(describeHolder(holder), new RegExp(`pid ${process.pid} \\(.*node.*\\)`));

    server.close();
    await once(server, 'close');
    assert.equal(await isPortFree(port), true);
    assert.equal(await portHolder(port), undefined);
  });
}
