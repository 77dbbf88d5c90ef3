import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Asset } from '../../kit/http/Asset.ts';

/**
 * Everything from here and nothing from elsewhere, no script in the page itself. Swagger UI sets styles of elements, which
 * CSP counts as inline.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** The page at "/docs", with all that it loads: Swagger UI, from this process alone. */
export async function readPage(): Promise<ReadonlyMap<string, Asset>> {
  const library = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const own = join(import.meta.dirname, 'page');
  const read = async (folder: string, file: string, type: string) =>
    new Asset(await readFile(join(folder, file)), type);
  const page = new Asset(await readFile(join(own, 'index.html')), HTML, {
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
  });
  return new Map([
    ['/docs', page],
    ['/docs/', page],
    ['/docs/start.js', await read(own, 'start.js', SCRIPT)],
    ['/docs/swagger-ui-bundle.js', await read(library, 'swagger-ui-bundle.js', SCRIPT)],
    ['/docs/swagger-ui.css', await read(library, 'swagger-ui.css', STYLE)],
    ['/docs/favicon-32x32.png', await read(library, 'favicon-32x32.png', 'image/png')],
  ]);
}
