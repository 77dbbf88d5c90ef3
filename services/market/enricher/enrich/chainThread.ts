import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { serveThread } from '../../../kit/threads/serveThread.ts';
import type { ChainMetrics } from './ChainMetrics.ts';
import type { PackedChains } from './ChainThreads.ts';
import { workOutChain } from './workOutChain.ts';

serveThread(({ bytes, ends }: PackedChains): ChainMetrics[] =>
  ends.map((end, index) =>
    workOutChain(ChainUpdated.decode(bytes.subarray(ends[index - 1] ?? 0, end))),
  ),
);
