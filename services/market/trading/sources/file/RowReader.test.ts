import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Row, RowReader } from './RowReader.ts';

const reader = new RowReader(['time', 'price', 'size', 'note']);
const read = (time: string, price: string, size = '1', note = '') =>
  reader.read([time, price, size, note], 2e15);
/** A time that is good. */
const T = '1704164645';

describe('a row made to harm', () => {
  test('a million digits are refused before anything reads them', () => {
    assert.match(read(T, `${'1'.repeat(1_000_000)}x`) as string, /^price: is longer than 64/);
    assert.match(read('1'.repeat(1_000_000), '1') as string, /^time: is longer than 64/);
  });

  test('what is quoted of a bad field is forty characters, so that no list of feeds drowns in it', () => {
    const long = 'y'.repeat(60_000);
    for (const problem of [read(long, '1'), read(T, long), read(T, '1', long)]) {
      assert.equal((problem as string).match(/y+/)?.[0].length, 40);
      assert.match(problem as string, /"\.\.\.$/);
    }
    assert.match(read(T, 'x'.repeat(64)) as string, /^price: not a number: "x{40}"\.\.\.$/);
    assert.throws(
      () => new RowReader([long]),
      (error: Error) => error.message.length < 300,
    );
  });

  test('a column that is not read may hold what it likes', () => {
    assert.equal(typeof read(T, '1', '1', 'z'.repeat(1_000)), 'object');
  });

  test('every way to write a number is still read', () => {
    for (const text of ['7', '+7', '7.', '7.0', '.7e1', '70E-1', '0.7e+1']) {
      assert.deepEqual((read(T, text) as Row).prices, [7], text);
    }
    for (const text of ['.', '7.e', 'e7', '7..0', '0x7', 'Infinity', '-7', '7 ']) {
      assert.equal(typeof read(T, text), 'string', text);
    }
  });
});
