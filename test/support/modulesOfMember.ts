/**
 * A service of the kit with rules and without settings, database or upstreams, in a process of its own, which dies with
 * its parent. Says which modules have been loaded once it serves.
 */
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    loaded.add(url);
    return nextLoad(url, context);
  },
});

process.on('disconnect', () => process.exit(0));
const { implement, runService, RpcError, Status } = await import('@weft/mesh/runtime');
const { defineService } = await import('../../services/kit/defineService.ts');
const { TradingServiceDefinition } = await import('@weft/proto/market/v1/trading');
const nothing = async () => {
  throw new RpcError(Status.UNIMPLEMENTED, 'nothing is done here');
};
const service = defineService({
  setup: () => [
    implement(TradingServiceDefinition, {
      uploadFile: nothing,
      createFeed: nothing,
      listFeeds: nothing,
      stopFeed: nothing,
      // biome-ignore lint/correctness/useYield: nothing is done here.
      async *watchFeed() {
        await nothing();
      },
    }),
  ],
});
await runService(service, { manifest: { name: 'light' } });
process.send?.([...loaded]);
