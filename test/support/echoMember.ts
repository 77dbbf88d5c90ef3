/**
 * A member of the mesh in a process of its own, which dies with its parent. `echoMember.ts serve`: serves the echo
 * service. `echoMember.ts call`: calls it at a steady rate until it is sent a message, and then says how that went.
 */
import { connectMesh, defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoOnceServiceDefinition, EchoServiceDefinition } from '@weft/proto/bench/v1/echo';

/** What a caller says. */
export interface Tally {
  readonly answered: number;
  /** The failures, as text. */
  readonly failed: readonly string[];
}

const CALL_EVERY_MS = 4;

process.on('disconnect', () => process.exit(0));
if (process.argv[2] === 'serve') {
  const service = defineService({
    setup: () => [
      implement(EchoServiceDefinition, { echo: (request) => request }),
      implement(EchoOnceServiceDefinition, { echoOnce: ({ echo }) => ({ echo }) }),
    ],
  });
  const { port } = await runService(service, { manifest: { name: 'bench-echo' } });
  process.send?.({ port });
} else {
  const mesh = await connectMesh({ service: 'bench-client' });
  // Nothing hides a failure: this method is not sent a second time.
  const { echoOnce } = mesh.client(EchoOnceServiceDefinition);
  const failed: string[] = [];
  let answered = 0;
  const echo = { name: 'test', number: 1, payload: Buffer.alloc(100) };
  const call = () =>
    echoOnce({ echo }).then(
      () => {
        answered += 1;
      },
      (error) => {
        failed.push(String(error));
      },
    );
  await call();
  const calls = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const made = call();
    calls.add(made);
    made.finally(() => calls.delete(made));
  }, CALL_EVERY_MS);
  process.on('message', async () => {
    clearInterval(timer);
    await Promise.all(calls);
    process.send?.({ answered, failed } satisfies Tally);
  });
  process.send?.({});
}
