/** Calls the echo service at a steady rate from the first order on. */
import { connectMesh } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';
import { SteadyCalls, type Tally } from './SteadyCalls.ts';

/** What to do: begin to call, tell how it goes, or call no more and tell when all have been answered. */
export type SoakOrder = { readonly callsPerSecond: number } | 'tell' | 'end';

const payload = Buffer.alloc(100, 7);
const mesh = await connectMesh({ service: 'bench-client' });
const { echo } = mesh.client(EchoServiceDefinition);
let calls: SteadyCalls | undefined;

async function call(number: number): Promise<void> {
  await echo({ name: 'soak', number, payload });
}

serveParent<SoakOrder, Tally>(undefined, async (order) => {
  if (order === 'end') {
    await calls?.stop();
  } else if (order !== 'tell') {
    // Connects; what is measured is a mesh that runs.
    await call(1);
    calls = new SteadyCalls(order.callsPerSecond, call);
  }
  return calls?.tally ?? { calls: 0, failed: 0, heldBack: 0, failures: [] };
});
