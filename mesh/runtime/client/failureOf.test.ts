import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream, ServerHttp2Stream } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError, status as Status } from '@grpc/grpc-js';
import { RawServer } from '../testing/RawServer.ts';
import { frame } from '../testing/rawCall.ts';
import { failureOf, isCutOff } from './failureOf.ts';

const lost = (code: Status, details: string, hasHeader: boolean) =>
  isCutOff({ code, details, metadata: new Metadata() }, hasHeader);

test('a call whose connection is lost in its answer may be made again, however grpc-js puts it', () => {
  assert.ok(lost(Status.UNAVAILABLE, 'Connection dropped', true));
  assert.ok(lost(Status.UNAVAILABLE, 'read ECONNRESET', true));
  assert.ok(lost(Status.UNAVAILABLE, 'read ETIMEDOUT', true));
});

test('a call is not made a second time where gRPC has tried again itself', () => {
  assert.ok(!lost(Status.UNAVAILABLE, 'read ECONNRESET', false));
  assert.ok(!lost(Status.UNAVAILABLE, 'Connection dropped', false));
});

test('a server that says UNAVAILABLE is not asked again', () => {
  assert.ok(!lost(Status.UNAVAILABLE, 'the database is away, with ECONNRESET in its log', true));
});

/**
 * grpc-js keeps the reset of a stream to itself, and gives codes to lost servers that calls have by right too. Only its
 * words tell them apart; where they change, nobody who dies in the middle of an answer is asked again elsewhere.
 */
describe('a lost server is known by the words of this grpc-js', () => {
  async function wordsOf(t: TestContext, lose: (stream: ServerHttp2Stream) => void) {
    const server = await RawServer.start((stream) => {
      stream.on('error', () => {});
      lose(stream);
    });
    t.after(() => server.stop());
    const client = new Client(server.address, credentials.createInsecure());
    t.after(() => client.close());
    const bytes = (value: Buffer) => value;
    const error = await new Promise<ServiceError | null>((resolve) => {
      const metadata = new Metadata({ waitForReady: true });
      client.makeUnaryRequest('/a.v1.A/Do', bytes, bytes, Buffer.alloc(0), metadata, resolve);
    });
    assert.ok(error);
    return error;
  }
  const begin = (stream: ServerHttp2Stream, then: () => void) => {
    stream.respond({ 'content-type': 'application/grpc' });
    stream.write(frame(new Uint8Array()), then);
  };
  const failsAs = (error: ServiceError, hasHeader: boolean) => {
    assert.ok(isCutOff(error, hasHeader), `${Status[error.code]}: ${error.details}`);
    assert.equal(failureOf(error, Infinity).code, Status.UNAVAILABLE);
  };

  test('that resets the stream, or ends it without a status', async (t) => {
    const cancelled = await wordsOf(t, (stream) => stream.close(8));
    assert.equal(cancelled.details, 'Call cancelled');
    failsAs(cancelled, false);
    failsAs(await wordsOf(t, (stream) => stream.close(0)), false);
  });

  test('whose process ends', async (t) => {
    failsAs(
      await wordsOf(t, (stream) => begin(stream, () => stream.session?.socket.destroy())),
      true,
    );
  });

  test('whose host is away, and whose socket says so', async (t) => {
    for (const code of ['ECONNRESET', 'ETIMEDOUT']) {
      let fail = () => {};
      const created = (message: unknown) => {
        const { session } = (message as { stream: ClientHttp2Stream }).stream;
        fail = () => session?.socket.destroy(Object.assign(new Error(`read ${code}`), { code }));
      };
      subscribe('http2.client.stream.created', created);
      const error = await wordsOf(t, (stream) => begin(stream, () => fail()));
      unsubscribe('http2.client.stream.created', created);
      failsAs(error, true);
    }
  });
});
