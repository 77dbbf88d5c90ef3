import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDuration } from './fault.ts';
import { faultSchema } from './faultSchema.ts';

describe('faultSchema', () => {
  test('takes delay, abort and headers', () => {
    const fault = {
      delay: { percent: 10, duration: '1.5s' },
      abort: { percent: 0.0001, code: 'UNAVAILABLE' },
      headers: [
        { name: 'x-tester', exact: 'on' },
        { name: 'x-trace', present: true },
      ],
    };
    assert.deepEqual(faultSchema.parse(fault), fault);
  });

  const delay = { percent: 10, duration: '1s' };
  const wrong: Record<string, unknown> = {
    'nothing to do': {},
    'headers alone': { headers: [{ name: 'a', exact: 'b' }] },
    'a percentage above 100': { delay: { ...delay, percent: 101 } },
    'a duration without unit': { delay: { ...delay, duration: '10' } },
    'a duration of days': { delay: { ...delay, duration: '1000m' } },
    'a code that gRPC does not have': { abort: { percent: 1, code: 'NOT_OK' } },
    'an abort with success': { abort: { percent: 1, code: 'OK' } },
    'a field that is none': { delay, deley: {} },
    'a header with two conditions': { delay, headers: [{ name: 'a', exact: 'b', prefix: 'c' }] },
    'a header without condition': { delay, headers: [{ name: 'a' }] },
    'a header that gRPC does not match': { delay, headers: [{ name: 'a-bin', exact: 'b' }] },
    'an empty list of headers, which would match no call': { delay, headers: [] },
  };
  for (const [what, fault] of Object.entries(wrong)) {
    test(`refuses ${what}`, () => assert.equal(faultSchema.safeParse(fault).success, false));
  }

  test('durations are those that people write', () => {
    assert.deepEqual(['250ms', '1.5s', '2m', '0s'].map(readDuration), [250, 1_500, 120_000, 0]);
  });
});
