/** The least that answers a unary gRPC call: node:http2 that sends a request's bytes back, with client certificates. */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serveParent } from '../harness/serveParent.ts';

const read = (file: string) => readFileSync(join(process.env.WEFT_BENCH_TLS ?? '', file));
const server = createSecureServer({
  ca: read('roots.pem'),
  cert: read('cert.pem'),
  key: read('key.pem'),
  requestCert: true,
  rejectUnauthorized: true,
});
server.on('stream', (stream) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.on('end', () => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto' },
      { waitForTrailers: true },
    );
    stream.end(Buffer.concat(chunks));
  });
  stream.on('error', () => {});
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
serveParent(`127.0.0.1:${(server.address() as AddressInfo).port}`, async () => undefined);
