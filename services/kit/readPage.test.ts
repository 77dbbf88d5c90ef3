import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPage } from './readPage.ts';

test('pages of any size give each row once, in order, and an empty token at the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 30 }),
      fc.integer({ min: 1, max: 12 }),
      async (count, pageSize) => {
        const all = Array.from({ length: count }, (_, index) => index);
        const seen: number[] = [];
        let pageToken = '';
        do {
          const { rows, nextPageToken } = await readPage(
            { pageSize, pageToken },
            {
              list: ['numbers'],
              type: 'number',
              read: async (after: number | undefined, limit) => {
                const start = after === undefined ? 0 : after + 1;
                return all.slice(start, start + limit);
              },
              positionOf: (row) => row,
            },
          );
          assert.ok(rows.length <= pageSize);
          assert.ok(count === 0 || rows.length > 0);
          seen.push(...rows);
          pageToken = nextPageToken;
        } while (pageToken);
        assert.deepEqual(seen, all);
      },
    ),
  );
});

test('a request that names no size gets a hundred rows', async () => {
  const { rows } = await readPage(
    { pageSize: 0, pageToken: '' },
    {
      list: ['numbers'],
      type: 'number',
      read: async (_: number | undefined, limit) => new Array<number>(limit).fill(1),
      positionOf: (row) => row,
    },
  );
  assert.equal(rows.length, 100);
});
