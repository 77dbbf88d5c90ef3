import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEnvironment } from '../../deploy/local/programs/python.ts';
import type { Contender, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { makeProducts, PRODUCTS } from './chains.ts';
import { PythonWorker } from './PythonWorker.ts';

/** What was done in a turn, and sums of all that was found. */
interface Enriched {
  readonly chains: number;
  readonly cpuSeconds: number;
  readonly sums: readonly number[];
}

/** The volatilities of two solvers agree to a billionth, and so does what is worked out of them. */
const TOLERANCE = 1e-8;

/** The mathematics of the options' market: what one core enriches, beside the same in vectorised Python. */
export const options: Suite = {
  name: 'options',
  async prepare({ progress, signal }, cleanup) {
    const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'chains.json');
    await writeFile(file, JSON.stringify(makeProducts()));
    const { worker: columns } = await Worker.start<number, Enriched>(
      new URL('columns.ts', import.meta.url),
      { args: [file] },
      cleanup,
    );
    const here = fileURLToPath(new URL('.', import.meta.url));
    const environment = await ensureEnvironment(join(here, 'requirements.txt'), {
      report: progress,
      signal,
    });
    const python = (count: number) =>
      PythonWorker.start<number, Enriched>(
        [join(environment, 'bin/python'), join(here, 'vectorised.py'), file, String(count)],
        cleanup,
      );
    const [oneByOne, allAtOnce] = [await python(1), await python(PRODUCTS)];

    const { sums: expected } = await columns.ask(0);
    const contender = (
      name: string,
      enrich: (seconds: number) => Promise<Enriched>,
    ): Contender => ({
      name,
      turn: async (seconds) => {
        const { chains, cpuSeconds, sums } = await enrich(seconds);
        const errors = sums.filter((sum, i) => !isNear(sum, expected[i] as number)).length;
        return { value: chains / cpuSeconds, errors };
      },
    });
    return [
      {
        title: 'chains of 5 expiries x 41 strikes enriched, for each second of CPU',
        unit: 'chains/CPU s',
        baseline: `numpy and py_vollib_vectorized, ${PRODUCTS} at once`,
        contenders: [
          contender('Weft, in columns', (seconds) => columns.ask(seconds)),
          contender(`numpy and py_vollib_vectorized, ${PRODUCTS} at once`, (seconds) =>
            allAtOnce.ask(seconds),
          ),
          contender('numpy and py_vollib_vectorized, one by one', (seconds) =>
            oneByOne.ask(seconds),
          ),
        ],
      },
    ];
  },
};

function isNear(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= TOLERANCE * Math.abs(expected);
}
