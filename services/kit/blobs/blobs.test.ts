import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { errorReason, implementHttp, RpcError, Status } from '@weft/mesh/runtime';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { HttpTestServer } from '../../../mesh/runtime/testing/HttpTestServer.ts';
import { Blobs } from './Blobs.ts';
import { JetStreamBlobs } from './JetStreamBlobs.ts';
import { openStore } from './openBlobs.ts';
import { S3Blobs } from './S3Blobs.ts';
import { sendBlob } from './sendBlob.ts';
import { S3Server } from './testing/S3Server.ts';

/** A picture of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const refused = (reason: string) => (error: unknown) =>
  error instanceof RpcError &&
  error.code === Status.INVALID_ARGUMENT &&
  errorReason(error) === reason;

const cleanup = new AsyncDisposableStack();
let nats: TestNats;
let s3: S3Server;
const stores = new Map<string, Blobs>();
before(async () => {
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const plan = planEvents(Contracts.load(), [
    { name: 'pictures', consumes: [], blobs: true },
    { name: 'thief', consumes: [], blobs: true },
  ]);
  nats = cleanup.adopt(await TestNats.start(consul, plan), (each) => each.stop());
  s3 = cleanup.adopt(await S3Server.start(), (each) => each.stop());
  const connection = cleanup.adopt(await nats.connect('pictures'), (each) => each.close());
  stores.set('JetStream', new Blobs(new JetStreamBlobs(connection, 'pictures')));
  stores.set('S3', new Blobs(new S3Blobs(s3.options)));
});
after(() => cleanup.disposeAsync());

/** In uneven pieces, as a network gives them. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007);
}

for (const name of ['JetStream', 'S3']) {
  test(`${name}: what was kept comes back whole and in parts, under the id of its content`, async () => {
    const blobs = stores.get(name) as Blobs;
    for (const size of [0, 1, 262_144, 262_145, 900_000]) {
      const bytes = randomBytes(size);
      const blob = await blobs.put(inPieces(bytes));
      assert.deepEqual([blob.id, blob.sizeBytes], [hashOf(bytes), size]);
      assert.deepEqual(await blobs.find(blob.id), blob);
      assert.ok((await buffer(blobs.read(blob))).equals(bytes), `${size}`);
      assert.deepEqual(await blobs.put(inPieces(bytes)), blob, 'again, which changes nothing');
      for (const [start, end] of [
        [0, 0],
        [262_143, 262_144],
        [300_000, 899_999],
      ] as const) {
        if (end >= size) continue;
        const part = await buffer(blobs.read(blob, { start, end }));
        assert.ok(part.equals(bytes.subarray(start, end + 1)), `${start} to ${end} of ${size}`);
      }
      await blobs.remove(blob.id);
      await blobs.remove(blob.id);
      assert.equal(await blobs.find(blob.id), undefined);
    }
  });

  test(`${name}: its type is what it holds, whatever it is called`, async () => {
    const blobs = stores.get(name) as Blobs;
    const picture = await blobs.put(inPieces(PNG), { types: ['image/png'] });
    assert.equal(picture.contentType, 'image/png');
    assert.equal((await blobs.find(picture.id))?.contentType, 'image/png');
    for (const text of ['<svg onload="alert(1)"/>', '<script>alert(1)</script>', 'MZ']) {
      const sent = inPieces(Buffer.from(text));
      await assert.rejects(blobs.put(sent, { types: ['image/png'] }), refused('BLOB_TYPE_REFUSED'));
      assert.equal(await blobs.find(hashOf(Buffer.from(text))), undefined);
    }
  });

  test(`${name}: more than it may have ends the upload, and keeps nothing`, async () => {
    const blobs = stores.get(name) as Blobs;
    let taken = 0;
    const endless = async function* () {
      for (;;) {
        taken += 1_000;
        yield Buffer.alloc(1_000);
      }
    };
    await assert.rejects(blobs.put(endless(), { maxBytes: 50_000 }), refused('BLOB_TOO_LARGE'));
    assert.ok(taken < 1_000_000, 'it is not read to its end');
    const whole = await blobs.put(inPieces(Buffer.alloc(50_000)), { maxBytes: 50_000 });
    assert.equal(whole.sizeBytes, 50_000);
    for (const id of ['', '../x', 'A'.repeat(64), 'meta', '*', '>']) {
      assert.equal(await blobs.find(id), undefined);
      await blobs.remove(id);
    }
  });
}

test('one service cannot reach the blobs of another', async () => {
  const own = stores.get('JetStream') as Blobs;
  const { id } = await own.put(inPieces(PNG));
  const connection = cleanup.adopt(await nats.connect('thief'), (each) => each.close());
  const others = new Blobs(new JetStreamBlobs(connection, 'pictures'));
  await assert.rejects(others.find(id), /ermission/);
  await assert.rejects(others.remove(id), /ermission/);
  await assert.rejects(others.put(inPieces(randomBytes(10))), /ermission/);
  assert.ok(await own.find(id));
});

test('a busy S3 is asked again, and one with another key gives nothing away', async () => {
  const blobs = stores.get('S3') as Blobs;
  s3.busy = 2;
  const blob = await blobs.put(inPieces(randomBytes(100)));
  assert.ok(s3.objects.has(blob.id));
  const stranger = new Blobs(new S3Blobs({ ...s3.options, secretAccessKey: 'wrong' }));
  await assert.rejects(stranger.find(blob.id), (error: RpcError) => {
    assert.equal(error.code, Status.UNAVAILABLE);
    assert.doesNotMatch(error.message, /Signature|wrong|AKID/);
    return true;
  });
});

test('S3 is chosen by configuration, and what is missing of it is named', async () => {
  const context = {
    service: 'pictures',
    serviceId: 'pictures-1',
    identity: {} as never,
    onStop() {},
  };
  const { url, region, accessKeyId, secretAccessKey } = s3.options;
  const environment = {
    ...{ BLOBS_S3_URL: url, BLOBS_S3_REGION: region, BLOBS_S3_ACCESS_KEY_ID: accessKeyId },
    BLOBS_S3_SECRET_ACCESS_KEY: secretAccessKey,
  };
  const blobs = new Blobs(await openStore(context, environment));
  const { id } = await blobs.put(inPieces(PNG));
  assert.ok(s3.objects.has(id));
  const { BLOBS_S3_SECRET_ACCESS_KEY: _, ...incomplete } = environment;
  await assert.rejects(openStore(context, incomplete), /BLOBS_S3_SECRET_ACCESS_KEY is not set/);
  await assert.rejects(openStore(context, { BLOBS_S3_URL: 'no' }), /BLOBS_S3_URL is no URL/);
  await assert.rejects(openStore(context, {}), /NATS_URL is not set/);
});

test('a browser gets ranges, keeps what it has, and runs nothing', async () => {
  const blobs = stores.get('JetStream') as Blobs;
  const bytes = Buffer.concat([PNG, randomBytes(300_000)]);
  const picture = await blobs.put(inPieces(bytes));
  const page = await blobs.put(inPieces(Buffer.from('<script>alert(1)</script>')));
  const server = await HttpTestServer.start([
    implementHttp('/blobs', {
      async request(request, response) {
        const blob = await blobs.find(request.url.slice('/blobs/'.length));
        if (!blob) throw new RpcError(Status.NOT_FOUND, 'no such blob');
        await sendBlob(blobs, blob, request, response, { fileName: 'my "cat".png' });
      },
    }),
  ]);
  cleanup.defer(() => server.stop());
  const ask = async (headers: Record<string, string> = {}, id = picture.id) => {
    const stream = server.open(`/blobs/${id}`, headers);
    const [received] = await once(stream, 'response');
    return { status: received[':status'], headers: received, bytes: await buffer(stream) };
  };

  const whole = await ask();
  assert.ok(whole.bytes.equals(bytes));
  assert.equal(whole.headers['content-type'], 'image/png');
  assert.equal(whole.headers['cache-control'], 'private, max-age=31536000, immutable');
  assert.equal(whole.headers['x-content-type-options'], 'nosniff');
  assert.match(String(whole.headers['content-security-policy']), /default-src 'none'; sandbox/);
  assert.equal(whole.headers['content-disposition'], "inline; filename*=UTF-8''my%20%22cat%22.png");
  const etag = String(whole.headers.etag);
  assert.equal(etag, `"${hashOf(bytes)}"`);
  assert.equal((await ask({ 'if-none-match': `"x", W/${etag}` })).status, 304);

  const last = bytes.length - 1;
  for (const [range, start, end] of [
    ['bytes=0-9', 0, 9],
    ['bytes=262140-262150', 262_140, 262_150],
    ['bytes=-5', last - 4, last],
    [`bytes=${last}-`, last, last],
    ['bytes=5-99999999', 5, last],
  ] as const) {
    const part = await ask({ range });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers['content-range'], `bytes ${start}-${end}/${bytes.length}`);
    assert.ok(part.bytes.equals(bytes.subarray(start, end + 1)), range);
  }
  const beyond = await ask({ range: `bytes=${bytes.length}-` });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers['content-range'], `bytes */${bytes.length}`);
  for (const range of ['bytes=0-1,9-10', 'lines=1-2', 'bytes=x']) {
    assert.equal((await ask({ range })).status, 200, range);
  }
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': '"old"' })).status, 200);
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': etag })).status, 206);
  const head = await ask({ ':method': 'HEAD' });
  assert.equal(head.headers['content-length'], String(bytes.length));
  assert.equal(head.bytes.length, 0);
  assert.equal((await ask({ ':method': 'DELETE' })).status, 405);
  assert.match(String((await ask({}, page.id)).headers['content-disposition']), /^attachment/);
  assert.equal((await ask({}, 'f'.repeat(64))).status, 404);
});
