import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpContext, type HttpImplementation, RpcError, Status } from '@weft/mesh/runtime';

/** What identity serves by HTTP, without a mesh before it. */
export interface ServedFaces extends AsyncDisposable {
  readonly url: string;
}

/** Node's requests of HTTP/1.1 and 2 are alike in all that handlers of pages and redirects look at. */
export async function serveFaces(faces: readonly HttpImplementation[]): Promise<ServedFaces> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://edge').pathname;
    const face = faces.find(({ route }) => path === route || path.startsWith(`${route}/`));
    const peer = { spiffeId: 'spiffe://test/ns/default/dc/dc1/svc/gateway', service: 'gateway' };
    try {
      if (!face?.http.request) throw new RpcError(Status.NOT_FOUND, `no such path: ${path}`);
      const context = { route: face.route, peer } as Partial<HttpContext> as HttpContext;
      await face.http.request(request as never, response as never, context);
    } catch (error) {
      const { code, message, details } =
        error instanceof RpcError ? error : new RpcError(Status.INTERNAL, String(error));
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code, message, details: details.map(({ value }) => value) }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
