import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './formatTable.ts';
import type { CaseResult, Result } from './Suite.ts';

function result(name: string, values: number[], p50: number[], errors = 0): Result {
  return { name, values, errors, extra: { 'p50 us': p50 } };
}
function table(...results: Result[]): string[][] {
  const suite: CaseResult = {
    suite: 'unary',
    title: 'unary',
    unit: 'calls/s',
    baseline: 'plain',
    added: ['p50 us'],
    results,
  };
  const lines = formatTable(suite).split('\n').slice(2);
  return lines.filter(Boolean).map((line) => line.split('|').map((cell) => cell.trim()));
}

test('a ratio is the median of the rounds, so a slow minute of the machine does not move it', () => {
  const [, , , weft] = table(
    result('plain', [100, 10, 200], [50, 500, 25]),
    result('Weft', [90, 9, 190], [60, 540, 30]),
  );
  assert.deepEqual(weft?.slice(1, -1), [
    'Weft',
    '90.0',
    '9.00 to 190',
    '0.90',
    '60.0',
    '10.0',
    '0',
  ]);
});

test('one failed call takes the ratio and the difference away, whoever failed', () => {
  for (const [plainErrors, weftErrors] of [
    [0, 1],
    [1, 0],
  ]) {
    const [, , , weft] = table(
      result('plain', [100], [50], plainErrors),
      result('Weft', [90], [60], weftErrors),
    );
    assert.equal(weft?.filter((cell) => cell === 'refused: errors').length, 2);
  }
});

test('with six rounds or more a ratio says between which values it lies', () => {
  const plain = [100, 100, 100, 100, 100, 100];
  const [, , , weft] = table(
    result('plain', plain, plain),
    result('Weft', [90, 91, 92, 93, 94, 99], plain),
  );
  assert.equal(weft?.[4], '0.93 (0.90 to 0.99)');
});
