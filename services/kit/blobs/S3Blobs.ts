import { openAsBlob } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { RpcError, Status } from '@weft/mesh/runtime';
import { AwsClient } from 'aws4fetch';
import type { BlobInfo, BlobStore, ByteRange } from './BlobStore.ts';

export interface S3Options {
  /** Of the bucket, such as "https://s3.eu-central-1.amazonaws.com/pictures"; also of other servers that speak S3. */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Times that a request is made again when the server is busy. */
const RETRIES = 3;
const TIMEOUT_MS = 60_000;

/** Blobs in a bucket of a server that speaks S3, each an object under its id. */
export class S3Blobs implements BlobStore {
  readonly #client: AwsClient;
  readonly #url: string;

  constructor({ url, region, accessKeyId, secretAccessKey }: S3Options) {
    this.#url = url.replace(/\/+$/, '');
    this.#client = new AwsClient({
      ...{ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES },
    });
  }

  async put({ id, contentType }: BlobInfo, file: string): Promise<void> {
    // The id is what S3 wants to know of the content, and holds it against it.
    const headers = { 'x-amz-content-sha256': id, 'content-type': contentType };
    const body = await openAsBlob(file, { type: contentType });
    await this.#ask(id, { method: 'PUT', headers, body });
  }

  async find(id: string): Promise<BlobInfo | undefined> {
    const response = await this.#ask(id, { method: 'HEAD' });
    if (!response) return undefined;
    const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
    return { id, sizeBytes: Number(response.headers.get('content-length')), contentType };
  }

  /** @throws Error when it has been removed meanwhile. */
  async *read({ id }: BlobInfo, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const response = await this.#ask(id, { headers: { range: `bytes=${start}-${end}` } });
    if (!response?.body) throw new Error(`blob ${id} is no more`);
    yield* Readable.fromWeb(response.body as ReadableStream);
  }

  async remove(id: string): Promise<void> {
    await this.#ask(id, { method: 'DELETE' });
  }

  /** Undefined: there is no such object. @throws RpcError UNAVAILABLE; the cause, which has the answer, is for the log. */
  async #ask(id: string, init: RequestInit): Promise<Response | undefined> {
    const unavailable = (cause: unknown) =>
      new RpcError(Status.UNAVAILABLE, 'the store of blobs cannot be reached', { cause });
    let response: Response;
    try {
      response = await this.#client.fetch(`${this.#url}/${id}`, {
        ...init,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw unavailable(error);
    }
    if (response.ok) return response;
    const said = await response.text();
    if (response.status === 404) return undefined;
    throw unavailable(new Error(`S3 answers ${response.status}: ${said.slice(0, 500)}`));
  }
}
