/**
 * `build.ts [go] [python] [java]`: builds the examples, where nothing has changed within seconds. Code is generated
 * from the image of the contracts; packages are kept in the user's caches. Java is left out where there is no JDK with Maven,
 * unless it is named.
 */

import { runCommand } from '../deploy/local/cli/runCommand.ts';
import { print } from '../deploy/local/Progress.ts';
import { buildGo } from './go/build.ts';
import { buildJava, findJava } from './java/build.ts';
import { buildPython } from './python/build.ts';

const chosen = process.argv.slice(2);
const isChosen = (name: string) => chosen.length === 0 || chosen.includes(name);

await runCommand(async (progress) => {
  if (isChosen('go')) print(`Go: ${await buildGo(progress)}`);
  if (isChosen('python')) print(`Python: ${await buildPython(progress)}`);
  if (!isChosen('java')) return;
  const missing = await findJava().then(
    () => undefined,
    (error: Error) => error,
  );
  if (!missing) print(`Java: ${await buildJava(progress)}`);
  else if (chosen.includes('java')) throw missing;
  else print(`Java: left out: ${missing.message}`);
});
