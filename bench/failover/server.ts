/** One instance of the echo service, each call of which takes some time: `WEFT_INSTANCE=1 server.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoOnceServiceDefinition, EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

/** So that there are always some calls under way. */
const CALL_TAKES_MS = 20;

let underWay = 0;
async function takeTime(): Promise<void> {
  underWay++;
  await sleep(CALL_TAKES_MS);
  underWay--;
}

const service = defineService({
  setup: () => [
    implement(EchoServiceDefinition, {
      async echo(request) {
        await takeTime();
        return request;
      },
    }),
    implement(EchoOnceServiceDefinition, {
      async echoOnce({ echo }) {
        await takeTime();
        return { echo };
      },
    }),
  ],
});

await runService(service, { manifest: { name: 'bench-echo' } });
// Says how many calls die with it, so that its parent kills it at once.
serveParent(undefined, async () => underWay);
