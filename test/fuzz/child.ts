/** Fuzzes one target in a process of its own, which may hang or die: started by `runTarget`. */
import { ftruncateSync, openSync, writeSync } from 'node:fs';
import { Corpus } from './Corpus.ts';
import { Coverage } from './Coverage.ts';
import { explore, type Progress } from './explore.ts';
import type { ChildOrder, ChildWord } from './runTarget.ts';

const TOLD_EVERY_MS = 500;

const order = JSON.parse(process.argv[2] ?? '') as ChildOrder;
const tell = (word: ChildWord) => process.send?.(word);
process.on('disconnect', () => process.exit(1));

// Code that is compiled before coverage begins is not seen by it.
using coverage = new Coverage();
const { loadTargets } = await import('./targets/index.ts');
const pair = await loadTargets(order.target);
const target = pair[order.isPlanted ? 'planted' : 'real'];
coverage.covers = target.covers ?? [];
await using _started = (await target.start?.()) ?? new AsyncDisposableStack();

const last = openSync(order.lastInput, 'w');
const kept = new Corpus(order.kept);
let toldAt = 0;
let progress: Progress | undefined;
const finding = await explore({
  target,
  coverage,
  corpus: order.corpora.flatMap((folder) => new Corpus(folder).read().map(({ input }) => input)),
  seed: order.seed,
  until: performance.now() + order.ms,
  ...(order.maxInputs === undefined ? {} : { maxInputs: order.maxInputs }),
  trying(input) {
    ftruncateSync(last);
    writeSync(last, input, 0, input.length, 0);
  },
  kept: (input) => kept.add(input),
  progress(now) {
    progress = now;
    if (performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    tell({ progress: now });
  },
});
if (progress) tell({ progress });
tell(
  finding
    ? {
        finding: { problem: finding.problem, input: Buffer.from(finding.input).toString('base64') },
      }
    : { isOver: true },
);
// What still runs, such as a connection, is nobody's any more.
process.disconnect();
