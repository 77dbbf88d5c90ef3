import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { S3Options } from '../S3Blobs.ts';

const REGION = 'eu-test-1';
const BUCKET = 'pictures';

/**
 * As much of S3 as blobs need, on a socket: objects of one bucket, each request signed by AWS' fourth way, lengths and hashes
 * held against content, ranges, errors in XML.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export class S3Server {
  /** By their keys. */
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly type: string }>();
  /** Requests that it answers with 503 from now on. */
  busy = 0;
  readonly options: S3Options;
  readonly #server: Server;

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.options = {
      url: `http://127.0.0.1:${port}/${BUCKET}`,
      region: REGION,
      accessKeyId: 'AKIDTEST',
      secretAccessKey: 'secret/of+the+test',
    };
  }

  static async start(): Promise<S3Server> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const s3 = new S3Server(server);
    server.on('request', (request, response) => {
      s3.#answer(request, response).catch((error) => response.destroy(error as Error));
    });
    return s3;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const fail = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code></Error>`);
    if (this.busy > 0) {
      this.busy -= 1;
      return void fail(503, 'SlowDown');
    }
    if (!this.#isSigned(request)) return void fail(403, 'SignatureDoesNotMatch');
    const [, bucket, key = ''] = (request.url ?? '').split('/');
    if (bucket !== BUCKET) return void fail(404, 'NoSuchBucket');
    const known = this.objects.get(key);
    switch (request.method) {
      case 'PUT': {
        if (request.headers['content-length'] === undefined)
          return void fail(411, 'MissingContentLength');
        const said = request.headers['x-amz-content-sha256'];
        if (createHash('sha256').update(body).digest('hex') !== said) {
          return void fail(400, 'XAmzContentSHA256Mismatch');
        }
        const type = request.headers['content-type'] ?? 'binary/octet-stream';
        this.objects.set(key, { bytes: body, type });
        return void response.writeHead(200).end();
      }
      case 'DELETE':
        this.objects.delete(key);
        return void response.writeHead(204).end();
      default: {
        if (!known) return void fail(404, 'NoSuchKey');
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
        const part = from ? known.bytes.subarray(Number(from), Number(to) + 1) : known.bytes;
        response.writeHead(from ? 206 : 200, {
          'content-type': known.type,
          'content-length': part.length,
        });
        return void response.end(request.method === 'HEAD' ? undefined : part);
      }
    }
  }

  #isSigned({ method, url = '', headers }: IncomingMessage): boolean {
    const { accessKeyId, secretAccessKey } = this.options;
    const [, scope = '', signed = '', signature = ''] =
      /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
        headers.authorization ?? '',
      ) ?? [];
    const time = String(headers['x-amz-date']);
    const day = time.slice(0, 8);
    if (scope !== `${accessKeyId}/${day}/${REGION}/s3/aws4_request`) return false;
    const names = signed.split(';');
    if (!names.includes('host') || !names.includes('x-amz-date')) return false;
    const canonical = [
      method,
      url,
      '',
      ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
      '',
      signed,
      headers['x-amz-content-sha256'],
    ].join('\n');
    const text = [
      'AWS4-HMAC-SHA256',
      time,
      `${day}/${REGION}/s3/aws4_request`,
      createHash('sha256').update(canonical).digest('hex'),
    ].join('\n');
    const mac = (key: string | Buffer, value: string) =>
      createHmac('sha256', key).update(value).digest();
    let key: string | Buffer = `AWS4${secretAccessKey}`;
    for (const part of [day, REGION, 's3', 'aws4_request']) key = mac(key, part);
    return timingSafeEqual(mac(key, text), Buffer.from(signature, 'hex'));
  }
}
