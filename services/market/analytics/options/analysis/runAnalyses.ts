/** What AnalysisThread runs: analyses chains, one after the other. */
import { parentPort } from 'node:worker_threads';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { AnalysisAnswer, AnalysisOrder } from './AnalysisThread.ts';
import { analyseChain } from './analyseChain.ts';

parentPort?.on('message', ({ id, message }: AnalysisOrder) => {
  parentPort?.postMessage(answer(id, message));
});

function answer(id: number, message: Uint8Array): AnalysisAnswer {
  try {
    return { id, analysis: analyseChain(ChainUpdated.decode(message)) };
  } catch (error) {
    return { id, error };
  }
}
