import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Asset } from '../../../kit/http/Asset.ts';

/** Everything from here and nothing from elsewhere, no script in the page itself. GraphiQL sets styles of elements. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** GraphiQL with all that it loads, by path, from this process alone; the page itself at `route`. */
export async function readPlayground(route: string): Promise<ReadonlyMap<string, Asset>> {
  const { resolve } = createRequire(import.meta.url);
  const folder = (name: string) => dirname(resolve(`${name}/package.json`));
  const own = join(import.meta.dirname, '../page');
  const read = async (file: string, type: string): Promise<Asset> =>
    new Asset(await readFile(file), type);
  const page = new Asset(await readFile(join(own, 'index.html')), HTML, {
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    // One path answers queries too.
    vary: 'accept',
  });
  const files = await Promise.all([
    read(join(own, 'start.js'), SCRIPT),
    read(join(folder('react'), 'umd/react.production.min.js'), SCRIPT),
    read(join(folder('react-dom'), 'umd/react-dom.production.min.js'), SCRIPT),
    read(join(folder('graphiql'), 'graphiql.min.js'), SCRIPT),
    read(join(folder('graphiql'), 'graphiql.min.css'), STYLE),
  ]);
  const names = ['start.js', 'react.js', 'react-dom.js', 'graphiql.js', 'graphiql.css'];
  return new Map([
    [route, page],
    ...names.map((name, index): [string, Asset] => [
      `${route}/playground/${name}`,
      files[index] as Asset,
    ]),
  ]);
}
