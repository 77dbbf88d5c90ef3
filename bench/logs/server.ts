/** The echo service, which writes a line to its log at every so many calls: what it is told. */
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

let every = 1;

await runService(
  defineService({
    setup: ({ log }) => [
      implement(EchoServiceDefinition, {
        echo(request) {
          if (request.number % every === 0) {
            log.info({ number: request.number, bytes: request.payload.length }, 'echoed');
          }
          return request;
        },
      }),
    ],
  }),
  { manifest: { name: 'bench-echo' } },
);
serveParent<number, void>(undefined, async (told) => {
  every = told;
});
