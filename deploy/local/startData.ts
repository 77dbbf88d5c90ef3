import { join } from 'node:path';
import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { run } from './programs/run.ts';
import { clone } from './settings/defaultHome.ts';

/** Real daily bars of the S&P 500 since 2000. */
const sp500 = join(clone, 'node_modules/vega-datasets/data/sp500-2000.csv');

/** How long to wait for data that do not arrive; trading goes on with them by itself. */
const limitMs = 30_000;

/**
 * Replays the S&P 500 as SP500 and starts the generated feed DEMO. Data that are there already change nothing.
 *
 * @returns whether all of it arrived; what did not is reported.
 */
export async function startData(mesh: Mesh, progress: Progress): Promise<boolean> {
  const commands = [
    { name: 'SP500', script: 'main.ts', args: [sp500, 'SP500'] },
    { name: 'DEMO', script: 'demo.ts', args: [] },
  ];
  const results = await Promise.all(
    commands.map(async ({ name, script, args }) => {
      const signal = AbortSignal.any([progress.signal, AbortSignal.timeout(limitMs)]);
      const file = join(clone, 'services/market/trading/replay', script);
      try {
        const env = mesh.environmentOf('replay');
        const output = await run(process.execPath, [file, ...args], { signal }, { env });
        progress.report(output.trim());
        return true;
      } catch (error) {
        progress.signal.throwIfAborted();
        const reason = signal.aborted ? 'it has not all arrived yet' : (error as Error).message;
        progress.report(`${name}: ${reason} (make logs S=trading)`);
        return false;
      }
    }),
  );
  return results.every(Boolean);
}
