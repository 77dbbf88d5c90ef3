import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseServicePath } from './parseServicePath.ts';
import { readTemplate } from './readTemplate.ts';
import { serviceNames } from './serviceNames.ts';
import { assertNameFree, writeFiles } from './writeService.ts';

test('a name that cannot be one is refused with what it may be', () => {
  assert.deepEqual(parseServicePath('shop/gift-card'), { group: 'shop', service: 'gift-card' });
  for (const [name, expected] of [
    ['gift', /a group, a slash and a service/],
    ['shop/gift/one', /a group, a slash and a service/],
    ['../gift', /"\.\." is no group/],
    ['shop/Gift', /"Gift" is no service: it is words/],
    ['shop/gift-2', /"gift-2" is no service/],
    ['shop/..', /"\.\." is no service/],
    ['shop/class', /a word of JavaScript/],
  ] as const) {
    assert.throws(() => parseServicePath(name), expected, name);
  }
});

test('nothing that is there is written over, and no name is given twice', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weft-new-'));
  try {
    const folder = join(root, 'services/shop/gift');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'service.yaml'),
      'name: gift\njobs: {wrap: {script: a.ts, calls: []}}',
    );
    for (const [group, service, expected] of [
      ['lab', 'gift', /gift is there already/],
      ['lab', 'wrap', /wrap is there already/],
      ['lab', 'shop', /shop is the name of a group/],
      ['kit', 'one', /kit is the name of what services share/],
      ['lab', 'gateway', /gateway is the name of the edge/],
    ] as const) {
      await assert.rejects(assertNameFree(root, group, service), expected, service);
    }
    await assertNameFree(root, 'shop', 'card');
    const files = await readTemplate(serviceNames('gift'), 'shop');
    await mkdir(join(root, 'proto/gift/v1'), { recursive: true });
    await writeFile(join(root, 'proto/gift/v1/gift.proto'), 'mine');
    await assert.rejects(writeFiles(root, files), /proto\/gift\/v1\/gift\.proto is there already/);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('many of a thing are named as English has it', () => {
  const plural = (service: string) => serviceNames(service).Types;
  assert.deepEqual(['gift', 'category', 'box', 'gift-day'].map(plural), [
    ...['Gifts', 'Categories', 'Boxes', 'GiftDays'],
  ]);
});
