/**
 * `build.ts [go] [python]`: builds the examples, where nothing has changed within seconds. Code is generated
 * from the image of the contracts; Go's packages and Python's environment are kept in the user's caches.
 */

import { runCommand } from '../deploy/local/cli/runCommand.ts';
import { print } from '../deploy/local/Progress.ts';
import { buildGo } from './go/build.ts';
import { buildPython } from './python/build.ts';

const chosen = process.argv.slice(2);
const isChosen = (name: string) => chosen.length === 0 || chosen.includes(name);

await runCommand(async (progress) => {
  if (isChosen('go')) print(`Go: ${await buildGo(progress)}`);
  if (isChosen('python')) print(`Python: ${await buildPython(progress)}`);
});
