import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { Registration, type RegistrationOptions } from './Registration.ts';

let consul: TestConsul;
let ready: Server;
let readyStatus = 200;

before(async () => {
  consul = await TestConsul.start();
  ready = createServer((_, response) => response.writeHead(readyStatus).end());
  await new Promise<void>((resolve) => ready.listen(0, '127.0.0.1', resolve));
});

after(async () => {
  ready.closeAllConnections();
  ready.close();
  await consul.stop();
});

function options(service: string, lines: Record<string, unknown>[] = []): RegistrationOptions {
  const url = `http://127.0.0.1:${(ready.address() as AddressInfo).port}`;
  return {
    consul: consul.client,
    id: `${service}-1`,
    service,
    address: '127.0.0.1',
    port: 20_001,
    readyUrl: `${url}/ready`,
    healthUrl: `${url}/health`,
    meta: { version: '1.2.3', runtime: 'weft-ts' },
    log: memoryLogger(lines),
    checkEveryMs: 50,
  };
}

interface Entry {
  readonly Service: {
    readonly ID: string;
    readonly Port: number;
    readonly Meta: object;
    readonly Connect: object;
  };
  readonly Checks: readonly { readonly CheckID: string; readonly Status: string }[];
}

interface HealthCheck {
  readonly CheckID: string;
  readonly Type: string;
  readonly Interval: string;
}

const entries = async (service: string) =>
  (await consul.client.read<Entry[]>(`/health/connect/${service}`)).value;

test('an instance stands in the catalog, native to the mesh and passing, until it is stopped', async () => {
  const registration = await Registration.start(options('shown'));
  const [entry] = await eventually(async () => {
    const found = await entries('shown');
    assert.equal(found.length, 1);
    return found;
  });
  assert.equal(entry?.Service.ID, 'shown-1');
  assert.equal(entry?.Service.Port, 20_001);
  assert.deepEqual(entry?.Service.Meta, { version: '1.2.3', runtime: 'weft-ts' });
  assert.deepEqual(entry?.Service.Connect, { Native: true });
  const statusOf = (name: string) =>
    entry?.Checks.find(({ CheckID }) => CheckID === `shown-1:${name}`)?.Status;
  assert.deepEqual([statusOf('ready'), statusOf('health')], ['passing', 'passing']);
  await registration.stop();
  await eventually(async () => assert.equal((await entries('shown')).length, 0));
});

test('its health is asked for over HTTP every ten seconds', async (t) => {
  const registration = await Registration.start(options('asked'));
  t.after(() => registration.stop());
  const { value } = await consul.client.read<HealthCheck[]>('/health/checks/asked');
  const check = value.find(({ CheckID }) => CheckID === 'asked-1:health');
  assert.equal(check?.Type, 'http');
  assert.equal(check.Interval, '10s');
});

test('an instance that is not ready turns critical', async (t) => {
  const registration = await Registration.start(options('sick'));
  t.after(() => registration.stop());
  readyStatus = 503;
  t.after(() => {
    readyStatus = 200;
  });
  await eventually(async () => {
    const [entry] = await entries('sick');
    assert.equal(
      entry?.Checks.find(({ CheckID }) => CheckID === 'sick-1:ready')?.Status,
      'critical',
    );
  });
});

test('the service is declared as gRPC, unless an operator has declared something', async (t) => {
  const plain = await Registration.start(options('plain'));
  t.after(() => plain.stop());
  const read = async (name: string) =>
    (await consul.client.read<{ Protocol: string }>(`/config/service-defaults/${name}`)).value;
  assert.equal((await read('plain')).Protocol, 'grpc');

  await consul.client.write('/config', {
    Kind: 'service-defaults',
    Name: 'other',
    Protocol: 'http2',
  });
  const lines: Record<string, unknown>[] = [];
  const other = await Registration.start(options('other', lines));
  t.after(() => other.stop());
  assert.equal((await read('other')).Protocol, 'http2');
  assert.ok(lines.some(({ level, protocol }) => level === 'warn' && protocol === 'http2'));
});

test('an agent that has lost its state is told again', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const registration = await Registration.start(options('lost', lines));
  t.after(() => registration.stop());
  await consul.kill();
  await eventually(() => assert.ok(lines.some(({ level }) => level === 'warn')));
  await consul.run();
  await eventually(async () => assert.equal((await entries('lost')).length, 1));
});
