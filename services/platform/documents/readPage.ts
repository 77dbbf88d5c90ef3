import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Asset } from '../../kit/http/Asset.ts';
import { pageHeaders, readAsset } from '../../kit/http/page.ts';

/** Swagger UI sets styles of elements, which CSP counts as inline. */
const HEADERS = pageHeaders({
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
});

/** The page at "/docs", with all that it loads: Swagger UI, from this process alone. */
export async function readPage(): Promise<ReadonlyMap<string, Asset>> {
  const library = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const own = join(import.meta.dirname, 'page');
  const page = await readAsset(join(own, 'index.html'), HEADERS);
  return new Map([
    ['/docs', page],
    ['/docs/', page],
    ['/docs/start.js', await readAsset(join(own, 'start.js'))],
    ['/docs/swagger-ui-bundle.js', await readAsset(join(library, 'swagger-ui-bundle.js'))],
    ['/docs/swagger-ui.css', await readAsset(join(library, 'swagger-ui.css'))],
    ['/docs/favicon-32x32.png', await readAsset(join(library, 'favicon-32x32.png'))],
  ]);
}
