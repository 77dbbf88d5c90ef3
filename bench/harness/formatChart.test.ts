import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatChart } from './formatChart.ts';
import type { CaseResult } from './Suite.ts';

const unsized = { suite: 's', title: 'a & b', unit: 'calls/s', added: undefined };

function numbers(svg: string, pattern: RegExp): number[][] {
  return [...svg.matchAll(pattern)].map(([, ...groups]) => groups.map(Number));
}

test('a bar is as long as its median, beside a stroke over all rounds', () => {
  const svg = formatChart([
    {
      ...unsized,
      baseline: 'plain',
      results: [
        { name: 'Weft', values: [40, 50, 100], errors: 0, extra: {} },
        { name: 'plain', values: [25, 25, 25], errors: 0, extra: {} },
      ],
    },
  ]);
  const [[weft = 0], [plain = 0]] = numbers(svg, /<rect x="250" y="\d+" width="([\d.]+)"/g) as [
    number[],
    number[],
  ];
  assert.equal(weft, 2 * plain);
  const [[from = 0, to = 0] = []] = numbers(svg, /<line x1="([\d.]+)" x2="([\d.]+)"/g);
  assert.deepEqual([from - 250, to - 250], [0.8 * weft, 2 * weft]);
  assert.match(svg, /a &amp; b \(calls\/s\)/);
});

test('what grows with a size is a line over that size, for each figure', () => {
  const growing: CaseResult = {
    ...unsized,
    baseline: undefined,
    sizes: 'services',
    results: [10, 100, 1_000].map((size) => ({
      name: `Weft, ${size}`,
      size,
      values: [size / 2, size / 2, size],
      errors: 0,
      extra: { MB: [7] },
    })),
  };
  const svg = formatChart([growing]);
  assert.doesNotMatch(svg, /<rect x="250"/);
  assert.match(svg, /calls\/s, by services/);
  assert.match(svg, /MB, by services/);
  const curves = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  );
  const [rising = [], level = []] = curves;
  assert.equal(curves.length, 2);
  const [first, second, third] = rising.map(([x = 0]) => x) as [number, number, number];
  assert.equal(
    second - first,
    third - second,
    'ten times the size is one step, wherever it begins',
  );
  const [lowest, , highest] = rising.map(([, y = 0]) => y) as [number, number, number];
  assert.ok(lowest > highest, 'more is higher up');
  assert.equal(new Set(level.map(([, y]) => y)).size, 1);
  for (const text of ['10', '100', '1,000', '7']) assert.ok(svg.includes(`>${text}</text>`), text);
});
