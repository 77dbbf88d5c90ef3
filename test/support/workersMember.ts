/**
 * An echo service in two workers, as the child of a test, with which it dies. A call answers the process that serves
 * it; one named `held` answers its header at once and the rest when the service is asked to stop.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';

if (cluster.isPrimary) process.on('disconnect', () => process.exit());
await runService(
  defineService({
    workers: 2,
    setup: ({ signal }) => [
      implement(EchoServiceDefinition, {
        async echo(request, context) {
          context.header.set('x-pid', String(process.pid));
          context.sendHeader();
          if (request.name === 'held' && !signal.aborted) await once(signal, 'abort');
          return request;
        },
      }),
    ],
  }),
  { manifest: { name: 'bench-echo' } },
);
