/** An echo service of the mesh with nothing in it but the echo. */
import cluster from 'node:cluster';
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

const service = defineService({
  workers: 1,
  setup: () => [implement(EchoServiceDefinition, { echo: (request) => request })],
});

const { port } = await runService(service, { manifest: { name: 'bench-echo' } });
if (cluster.isPrimary) serveParent(`127.0.0.1:${port}`, async () => undefined);
