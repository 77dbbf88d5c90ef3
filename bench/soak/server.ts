/** One instance of the echo service, stateless: `WEFT_INSTANCE=1 WEFT_VERSION=v1 server.ts`. */
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

await runService(
  defineService({
    name: 'bench-echo',
    setup: () => [implement(EchoServiceDefinition, { echo: async (request) => request })],
  }),
);
serveParent(undefined, async () => undefined);
