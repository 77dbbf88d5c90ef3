/** One instance of the echo service, stateless: `WEFT_INSTANCE=1 WEFT_VERSION=v1 server.ts`. */
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

await runService(
  defineService({
    setup: () => [implement(EchoServiceDefinition, { echo: async (request) => request })],
  }),
  { manifest: { name: 'bench-echo' } },
);
serveParent(undefined, async () => undefined);
