import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { eventually } from '../testing/eventually.ts';
import { TestConsul } from '../testing/TestConsul.ts';
import {
  arbitraryRequest,
  encodeRequest,
  mutatedRequest,
  nestedRequest,
} from './testing/arbitraryRequest.ts';
import { askHeap, probeEnvironment } from './testing/askHeap.ts';
import { ControlProcess } from './testing/ControlProcess.ts';
import { EndpointsFollower } from './testing/EndpointsFollower.ts';
import { HostileClient } from './testing/HostileClient.ts';
import { LIMITS } from './xds/limits.ts';
import { typeUrl } from './xds/ResourceType.ts';

/** WEFT_FUZZ=50 tries fifty times as much. */
const TIMES = Number(process.env.WEFT_FUZZ ?? 1);
const WITHIN_MS = 30_000;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** How often memory is told of each test. */
const SAMPLES = 10;
/** Of the heap, from the end of a test's first tenth on. More is a leak: all that is done here leaves nothing behind. */
const MOST_GROWTH_MB = 10;

/** How a stream may end; a crash would be UNAVAILABLE. */
const ENDS = [status.OK, status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED, status.INTERNAL];

describe('a control plane among hostile clients', { timeout: 120_000 * TIMES }, () => {
  let consul: TestConsul;
  let control: ControlProcess;
  let hostile: HostileClient;
  let honest: EndpointsFollower;
  let probes: string;
  let port = 20_000;

  before(async () => {
    consul = await TestConsul.start();
    probes = await mkdtemp(join(tmpdir(), 'weft-fuzz-'));
    control = await ControlProcess.start({
      consul: consul.client.address,
      flags: ['--log-level', 'fatal'],
      env: probeEnvironment(probes),
    });
    await control.ready();
    hostile = new HostileClient(control.xds);
    honest = new EndpointsFollower(control.xds, 'api');
    await othersAreServed();
  });

  after(async () => {
    hostile?.close();
    honest?.close();
    await control?.stop('SIGKILL');
    await consul?.stop();
    await rm(probes, { recursive: true, force: true });
  });

  /** An instance moves, and the honest client learns of it on the stream that it has had all the time. */
  async function othersAreServed(): Promise<void> {
    port += 1;
    await consul.register({ service: 'api', id: 'api-1', port });
    await eventually(() => {
      assert.ok(control.isRunning, control.output);
      assert.equal(honest.error, undefined);
      assert.deepEqual(honest.ports, [port]);
    }, WITHIN_MS);
  }

  /** Tries something often; each tenth of it leaves nothing behind, and others are served as before. */
  async function survives(
    context: TestContext,
    runs: number,
    property: fc.IAsyncProperty<unknown>,
  ): Promise<void> {
    const heaps: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      // A failure tells its seed and the least that fails.
      await fc.assert(property, {
        numRuns: (runs * TIMES) / SAMPLES,
        interruptAfterTimeLimit: (90_000 * TIMES) / SAMPLES,
      });
      await othersAreServed();
      await eventually(async () => {
        assert.equal(await control.metric('weft_control_streams'), 1);
        assert.equal(await control.metric('weft_control_resources'), 1);
      }, WITHIN_MS);
      heaps.push(await askHeap(probes, control.process.pid ?? 0));
    }
    const told = heaps.map((mb) => mb.toFixed(1)).join(' ');
    context.diagnostic(`heap ${told} MB, RSS ${residentMb(control).toFixed(0)} MB`);
    const [first = 0, last = 0] = [heaps.at(0), heaps.at(-1)];
    assert.ok(last - first < MOST_GROWTH_MB, `the heap grew: ${told} MB`);
  }

  test('requests that are well formed and make no sense take it away from nobody', (context) =>
    survives(
      context,
      100,
      fc.asyncProperty(fc.array(arbitraryRequest, { minLength: 1, maxLength: 8 }), async (some) => {
        const { code, details } = await hostile.say(some);
        assert.ok(ENDS.includes(code), `${status[code]}: ${details}`);
      }),
    ));

  test('messages that are no requests take it away from nobody', (context) =>
    survives(
      context,
      100,
      fc.asyncProperty(fc.array(mutatedRequest, { minLength: 1, maxLength: 4 }), async (some) => {
        const { code, details } = await hostile.say(some);
        assert.ok(ENDS.includes(code), `${status[code]}: ${details}`);
      }),
    ));

  test('streams without messages in them take it away from nobody', (context) => {
    const prefix = fc
      .tuple(fc.nat(2), fc.oneof(fc.nat(100), fc.constant(0xffff_ffff)))
      .map(([flag, length]) => {
        const bytes = Buffer.alloc(5, flag);
        bytes.writeUInt32BE(length, 1);
        return bytes;
      });
    const bytes = fc
      .tuple(prefix, fc.oneof(fc.uint8Array({ maxLength: 300 }), arbitraryRequest))
      .map(([head, body]) => Buffer.concat([head, body]));
    const encoding = fc.constantFrom('identity', 'gzip', 'deflate', 'rot13', '');
    return survives(
      context,
      50,
      fc.asyncProperty(bytes, encoding, (some, how) => hostile.sayUnframed(some, how)),
    );
  });

  test('a port full of noise takes it away from nobody', (context) => {
    const frame = fc
      .tuple(fc.nat(12), fc.nat(255), fc.nat(9), fc.uint8Array({ maxLength: 100 }))
      .map(([type, flags, stream, body]) => {
        const head = Buffer.from([0, 0, body.length, type, flags, 0, 0, 0, stream]);
        return Buffer.concat([head, body]);
      });
    const session = fc
      .array(frame, { maxLength: 5 })
      .map((all) => Buffer.concat([PREFACE, ...all]));
    const noise = fc.oneof(fc.uint8Array({ maxLength: 500 }), session);
    return survives(
      context,
      100,
      fc.asyncProperty(noise, (some) => hostile.shout(some)),
    );
  });

  test('who asks for too much is told so', async () => {
    const type_url = typeUrl('endpoints');
    const tooMany = { type_url, resource_names: Array(LIMITS.names + 1).fill('a') };
    const tooLong = { type_url, resource_names: ['a'.repeat(LIMITS.requestBytes)] };
    const unnamed = { type_url, node: { id: 'a'.repeat(LIMITS.nodeText + 1) } };
    for (const request of [tooMany, tooLong, unnamed]) {
      const { code, details } = await hostile.say([encodeRequest(request)]);
      assert.equal(code, status.RESOURCE_EXHAUSTED, details);
      assert.match(details, /more than|larger than/);
    }
    await othersAreServed();
  });

  test('a request as deep as the stack ends its own stream only', async () => {
    for (const depth of [50, 1_000, 3_000]) {
      const { code } = await hostile.say([nestedRequest(depth)]);
      assert.ok(ENDS.includes(code), status[code]);
    }
    await othersAreServed();
  });

  test('a client may not become another in mid-stream', async () => {
    const say = (id: string) =>
      encodeRequest({ type_url: typeUrl('endpoints'), resource_names: ['api'], node: { id } });
    const call = hostile.open();
    call.on('error', () => {}).resume();
    call.write(Buffer.from(say('first')));
    call.write(Buffer.from(say('second')));
    await eventually(async () => {
      const clients = await idsOf(control);
      assert.deepEqual(clients, ['first', 'honest']);
    }, WITHIN_MS);
    call.cancel();
  });
});

function residentMb({ process: { pid } }: ControlProcess): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) / 1_024;
}

async function idsOf({ admin }: ControlProcess): Promise<string[]> {
  const response = await fetch(`http://${admin}/status`);
  const { clients } = (await response.json()) as { clients: { id: string }[] };
  return clients.map(({ id }) => id).sort();
}
