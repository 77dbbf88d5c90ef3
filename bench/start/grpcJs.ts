/** The same service with plain grpc-js. */
import { serveParent } from '../harness/serveParent.ts';
import { peer } from '../unary/peers/grpcJs.ts';

const { address } = await peer.serve({ tls: process.env.WEFT_BENCH_TLS ?? '' });
serveParent(address, async () => undefined);
