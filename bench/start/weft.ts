/** An echo service of the mesh with nothing in it but the echo. */
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

const service = defineService({
  name: 'bench-echo',
  setup: () => [implement(EchoServiceDefinition, { echo: (request) => request })],
});

const { port } = await runService(service);
serveParent(`127.0.0.1:${port}`, async () => undefined);
