import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Asset } from '../../../kit/http/Asset.ts';
import { pageHeaders, readAsset } from '../../../kit/http/page.ts';

/** GraphiQL sets styles of elements. */
const HEADERS = {
  ...pageHeaders({
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self' data:",
  }),
  // One path answers queries too.
  vary: 'accept',
};

/** GraphiQL with all that it loads, by path, from this process alone; the page itself at `route`. */
export async function readPlayground(route: string): Promise<ReadonlyMap<string, Asset>> {
  const { resolve } = createRequire(import.meta.url);
  const library = (name: string, file: string) =>
    join(dirname(resolve(`${name}/package.json`)), file);
  const own = join(import.meta.dirname, '../page');
  const files: Readonly<Record<string, string>> = {
    'start.js': join(own, 'start.js'),
    'react.js': library('react', 'umd/react.production.min.js'),
    'react-dom.js': library('react-dom', 'umd/react-dom.production.min.js'),
    'graphiql.js': library('graphiql', 'graphiql.min.js'),
    'graphiql.css': library('graphiql', 'graphiql.min.css'),
  };
  const assets = new Map([[route, await readAsset(join(own, 'index.html'), HEADERS)]]);
  for (const [name, file] of Object.entries(files)) {
    assets.set(`${route}/playground/${name}`, await readAsset(file));
  }
  return assets;
}
