import { open } from 'node:fs/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { blobStreamOf, blobSubject } from '@weft/mesh/events';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { BlobInfo, BlobStore, ByteRange } from './BlobStore.ts';

const PIECE_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;

interface Meta extends Omit<BlobInfo, 'id'> {
  readonly pieceBytes: number;
}

/**
 * Blobs in a JetStream stream of the service's own: a message for each piece, under the blob's id and the piece's number, and
 * last one that says what the whole is. Any piece is read by itself, without a consumer: permissions are about the subjects
 * of requests, and do not bound where a consumer would deliver to.
 */
export class JetStreamBlobs implements BlobStore {
  readonly #connection: NatsConnection;
  readonly #service: string;

  constructor(connection: NatsConnection, service: string) {
    this.#connection = connection;
    this.#service = service;
  }

  /** @throws RpcError RESOURCE_EXHAUSTED when there is no more room. */
  async put({ id, sizeBytes, contentType }: BlobInfo, file: string): Promise<void> {
    const js = jetstream(this.#connection, { timeout: TIMEOUT_MS });
    const publish = (part: number | 'meta', data: Uint8Array | string) =>
      js.publish(blobSubject(this.#service, id, part), data).catch((cause) => {
        if (!/maximum bytes|insufficient/.test(String(cause))) throw cause;
        throw new RpcError(Status.RESOURCE_EXHAUSTED, 'there is no more room for blobs', { cause });
      });
    const handle = await open(file);
    try {
      for (let number = 0; number * PIECE_BYTES < sizeBytes; number += 1) {
        const piece = Buffer.alloc(Math.min(PIECE_BYTES, sizeBytes - number * PIECE_BYTES));
        await handle.read(piece, 0, piece.length, number * PIECE_BYTES);
        await publish(number, piece);
      }
    } finally {
      await handle.close();
    }
    const meta: Meta = { sizeBytes, contentType, pieceBytes: PIECE_BYTES };
    await publish('meta', JSON.stringify(meta));
  }

  async find(id: string): Promise<BlobInfo | undefined> {
    const meta = await this.#meta(id);
    return meta && { id, sizeBytes: meta.sizeBytes, contentType: meta.contentType };
  }

  /** @throws Error when it has been removed meanwhile. */
  async *read({ id }: BlobInfo, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const { pieceBytes = PIECE_BYTES } = (await this.#meta(id)) ?? {};
    const last = Math.floor(end / pieceBytes);
    const fetch = (number: number) => this.#get(id, number);
    let number = Math.floor(start / pieceBytes);
    let next = fetch(number);
    for (; number <= last; number += 1) {
      const piece = await next;
      if (number < last) {
        next = fetch(number + 1);
        // Whoever stops reading leaves it unheard.
        next.catch(() => {});
      }
      if (!piece) throw new Error(`blob ${id} has no piece ${number}`);
      const before = number * pieceBytes;
      yield piece.subarray(Math.max(0, start - before), end + 1 - before);
    }
  }

  async remove(id: string): Promise<void> {
    // Without the whole, its pieces are nothing.
    for (const filter of [
      blobSubject(this.#service, id, 'meta'),
      `blobs.${this.#service}.${id}.*`,
    ]) {
      const manager = await this.#manager();
      await manager.streams.purge(blobStreamOf(this.#service), { filter });
    }
  }

  async #meta(id: string): Promise<Meta | undefined> {
    const data = await this.#get(id, 'meta');
    return data && (JSON.parse(Buffer.from(data).toString()) as Meta);
  }

  async #get(id: string, part: number | 'meta'): Promise<Uint8Array | undefined> {
    const manager = await this.#manager();
    const subject = blobSubject(this.#service, id, part);
    const stream = blobStreamOf(this.#service);
    const found = await manager.direct.getMessage(stream, { last_by_subj: subject });
    return found?.data;
  }

  #manager() {
    return jetstreamManager(this.#connection, { checkAPI: false, timeout: TIMEOUT_MS });
  }
}
