/** The echo service with calls that cost it something: `WAIT_MS=5 server.ts`. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

/** Takes about a millisecond to hash: the work of one call. */
const WORK = Buffer.alloc(1_500_000, 7);
/** What a call waits for before its work, as for a database. */
const WAIT_MS = Number(process.env.WAIT_MS ?? 0);

const service = defineService({
  setup: () => [
    implement(EchoServiceDefinition, {
      async echo(request) {
        if (WAIT_MS > 0) await sleep(WAIT_MS);
        createHash('sha256').update(WORK).digest();
        return request;
      },
    }),
  ],
});

await runService(service, { manifest: { name: 'bench-echo' } });
serveParent(undefined, async () => undefined);
