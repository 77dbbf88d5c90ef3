import { Batches, connectMesh, defineService, implement, runService } from '@weft/mesh/runtime';
import { type StreamTicksRequest, TickBatchServiceDefinition } from '@weft/proto/bench/v1/ticks';
import type { TickPeer } from '../TickPeer.ts';

/** A service on Weft whose sender adds tick by tick and leaves the batches to the runtime. */
export const peer: TickPeer = {
  name: 'Weft, tick by tick into Batches',

  async receive() {
    const service = defineService({
      setup: () => [
        implement(TickBatchServiceDefinition, {
          async streamTickBatches(requests) {
            let count = 0;
            for await (const { ticks } of requests) count += ticks.length;
            return { count };
          },
        }),
      ],
    });
    await runService(service, { manifest: { name: 'bench-ticks' } });
    return '';
  },

  async connect() {
    const mesh = await connectMesh({ service: 'bench-client' });
    const { streamTickBatches } = mesh.client(TickBatchServiceDefinition);
    return {
      async send(ticks) {
        const batches = new Batches<StreamTicksRequest>();
        async function* requests() {
          for await (const batch of batches) yield { ticks: batch };
        }
        const answer = streamTickBatches(requests());
        for (const tick of ticks) {
          if (batches.isFull) await batches.waitForCapacity();
          batches.add(tick);
        }
        batches.end();
        return (await answer).count;
      },
    };
  },
};
