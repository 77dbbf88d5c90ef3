/** A thread in which chains are analysed, one after the other: what `Analyses` asks. */
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { serveThread } from '../../../../kit/threads/serveThread.ts';
import { analyseChain, type ChainAnalysis } from './analyseChain.ts';

serveThread<Uint8Array, ChainAnalysis>((message) => analyseChain(ChainUpdated.decode(message)));
