/** `fastifyEdge.ts BACKEND TLS`: REST for AnalyticsService by Fastify, in its usual form. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { GetAssetSummaryRequest, GetAssetSummaryResponse } from '@weft/proto/market/v1/analytics';
import Fastify from 'fastify';
import { serveParent } from '../harness/serveParent.ts';

const [backend = '', tls = ''] = process.argv.slice(2);
const read = (file: string) => readFileSync(join(tls, file));
const client = new grpc.Client(
  backend,
  grpc.credentials.createSsl(
    read('roots.pem'),
    read('key.pem'),
    read('cert.pem'),
    // The certificate names a SPIFFE id and no host.
    { checkServerIdentity: () => undefined },
  ),
);

function getAssetSummary(request: GetAssetSummaryRequest): Promise<GetAssetSummaryResponse> {
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest<GetAssetSummaryRequest, GetAssetSummaryResponse>(
      '/market.v1.AnalyticsService/GetAssetSummary',
      (message) => Buffer.from(GetAssetSummaryRequest.encode(message).finish()),
      (bytes) => GetAssetSummaryResponse.decode(bytes),
      request,
      (error, response) => (error ? reject(error) : resolve(response as GetAssetSummaryResponse)),
    ),
  );
}

const app = Fastify();
app.get<{ Params: { symbol: string } }>('/v1/assets/:symbol/summary', ({ params }) =>
  getAssetSummary({ assetSymbol: params.symbol }),
);
serveParent(await app.listen({ host: '127.0.0.1', port: 0 }), async () => undefined);
