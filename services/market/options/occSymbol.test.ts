import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { occSymbol, parseOccSymbol } from './occSymbol.ts';

test('symbols are written as the clearing house writes them', () => {
  const symbols = {
    'SPXW  261218C06850000': { root: 'SPXW', expiry: '2026-12-18', kind: 'call', strike: 6850 },
    'LAMR  150117C00052500': { root: 'LAMR', expiry: '2015-01-17', kind: 'call', strike: 52.5 },
    'A     280229P00000001': { root: 'A', expiry: '2028-02-29', kind: 'put', strike: 0.001 },
    GOOGL1991231P99999999: { root: 'GOOGL1', expiry: '2099-12-31', kind: 'put', strike: 99999.999 },
  } as const;
  for (const [symbol, series] of Object.entries(symbols)) {
    assert.equal(occSymbol(series), symbol);
    assert.deepEqual(parseOccSymbol(symbol), series);
  }
});

test('every series comes back from its symbol', () => {
  const series = fc.record({
    root: fc.stringMatching(/^[A-Z0-9]{1,6}$/),
    expiry: fc
      .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    kind: fc.constantFrom('call', 'put'),
    strike: fc.integer({ min: 1, max: 99_999_999 }).map((thousandths) => thousandths / 1000),
  });
  fc.assert(
    fc.property(series, (given) => {
      const symbol = occSymbol(given);
      assert.equal(symbol.length, 21);
      assert.deepEqual(parseOccSymbol(symbol), { ...given });
    }),
  );
});

test('what is no symbol is refused in words, and quoted at no length', () => {
  const wrong: [string, RegExp][] = [
    ['', /has 0 characters/],
    ['AAPL261218C00200000', /has 19 characters/],
    ['x'.repeat(1_000), /^.{0,45}…" has 1000 characters/],
    ['aapl  261218C00200000', /is not a root/],
    [' AAPL 261218C00200000', /is not a root/],
    ['AA PL 261218C00200000', /is not a root/],
    ['      261218C00200000', /is not a root/],
    ['AAPL  261218X00200000', /is not a root/],
    ['AAPL  261218C0020000.', /is not a root/],
    ['AAPL  260230C00200000', /expires on no day: 260230/],
    ['AAPL  261318C00200000', /expires on no day: 261318/],
    ['AAPL  261218C00000000', /strike of 0/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => parseOccSymbol(text), { name: 'RangeError', message }, text);
  }
});

test('a series that has no symbol is refused', () => {
  const series = { root: 'AAPL', expiry: '2026-12-18', kind: 'call', strike: 200 } as const;
  for (const [change, message] of [
    [{ root: 'LONGROOT' }, /is no root/],
    [{ root: '' }, /is no root/],
    [{ expiry: '2026-02-30' }, /is no day/],
    [{ expiry: '1999-12-31' }, /is no day/],
    [{ expiry: '2026-12-18T00:00:00Z' }, /is no day/],
    [{ strike: 0 }, /is no strike/],
    [{ strike: -5 }, /is no strike/],
    [{ strike: 100_000 }, /is no strike/],
    [{ strike: 10.0005 }, /is no strike/],
    [{ strike: Number.NaN }, /is no strike/],
  ] as const) {
    assert.throws(() => occSymbol({ ...series, ...change }), { name: 'RangeError', message });
  }
});
