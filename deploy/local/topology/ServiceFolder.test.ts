import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readServices } from './ServiceFolder.ts';

test('a folder with a definition is a service; migrations give it a database', async () => {
  const root = await mkdtemp('/tmp/weft-services-');
  try {
    await mkdir(join(root, 'kit/database'), { recursive: true });
    await mkdir(join(root, 'shop/one/migrations'), { recursive: true });
    await mkdir(join(root, 'shop/two'));
    await writeFile(join(root, 'shop/one/service.ts'), `export default { name: 'first' };`);
    await writeFile(
      join(root, 'shop/two/service.ts'),
      `export default { name: 'second', upstreams: ['first'] };`,
    );
    assert.deepEqual(await readServices(root), [
      { name: 'first', main: join(root, 'shop/one/main.ts'), upstreams: [], hasDatabase: true },
      {
        name: 'second',
        main: join(root, 'shop/two/main.ts'),
        upstreams: ['first'],
        hasDatabase: false,
      },
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});
