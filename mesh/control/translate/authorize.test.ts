import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sampleEntry } from '../testing/samples.ts';
import { authorize } from './authorize.ts';

const decision = (entries: Parameters<typeof authorize>[1]) => {
  const { allowed, othersExcept } = authorize('api', entries);
  return { allowed, othersExcept };
};

describe('authorize', () => {
  test('denies all when nothing is said', () => {
    assert.deepEqual(decision(new Map()), { allowed: [], othersExcept: undefined });
  });

  test('allows exactly the named sources', () => {
    const entries = new Map([['api', sampleEntry({ web: 'allow', cron: 'allow', old: 'deny' })]]);
    assert.deepEqual(decision(entries), { allowed: ['cron', 'web'], othersExcept: undefined });
  });

  test('a named source goes before the wildcard, wherever it stands', () => {
    const entries = new Map([['api', sampleEntry({ '*': 'allow', old: 'deny', web: 'allow' })]]);
    assert.deepEqual(decision(entries), { allowed: [], othersExcept: ['old'] });
  });

  test("the destination's wildcard goes before a source named for all destinations", () => {
    const entries = new Map([
      ['api', sampleEntry({ '*': 'deny' })],
      ['*', sampleEntry({ web: 'allow' })],
    ]);
    assert.deepEqual(decision(entries), { allowed: [], othersExcept: undefined });
  });

  test("other services' intentions do not count", () => {
    const entries = new Map([['other', sampleEntry({ '*': 'allow' })]]);
    assert.deepEqual(decision(entries), { allowed: [], othersExcept: undefined });
  });

  test('permissions on layer 7 deny, and say which entry they stand in', () => {
    const entries = new Map([['api', sampleEntry({ web: 'permissions', cron: 'allow' })]]);
    const { allowed, warnings } = authorize('api', entries);
    assert.deepEqual(allowed, ['cron']);
    assert.match(warnings.join(), /service-intentions\/api: source "web": Permissions/);
  });

  test('a JWT requirement denies all sources of its entry', () => {
    const entries = new Map([
      ['api', sampleEntry({ web: 'allow' }, { requiresJwt: true })],
      ['*', sampleEntry({ web: 'allow', cron: 'allow' })],
    ]);
    const { allowed, warnings } = authorize('api', entries);
    assert.deepEqual(allowed, ['cron']);
    assert.match(warnings.join(), /service-intentions\/api: JWT/);
  });

  test('a source elsewhere decides nothing about a service of that name here', () => {
    const sources = [{ name: 'web', action: 'allow' as const, elsewhere: 'peer east' }];
    const entries = new Map([
      ['api', sampleEntry({}, { sources })],
      ['*', sampleEntry({ cron: 'allow' })],
    ]);
    const { allowed, warnings } = authorize('api', entries);
    assert.deepEqual(allowed, ['cron']);
    assert.match(warnings.join(), /peer east/);
  });

  test('an entry that was never readable denies, whatever wider entries say', () => {
    const unreadable = { revision: '1.1', value: undefined, refused: 'no Sources' };
    const entries = new Map([
      ['api', unreadable],
      ['*', sampleEntry({ '*': 'allow' })],
    ]);
    assert.deepEqual(decision(entries), { allowed: [], othersExcept: undefined });
    assert.match(authorize('api', entries).warnings.join(), /cannot be read, all are denied/);
  });

  test('agrees with a reading of the intentions one source at a time', () => {
    const names = ['web', 'cron', 'old', '*'];
    const sources = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('allow', 'deny'));
    fc.assert(
      fc.property(fc.option(sources), fc.option(sources), (exact, wide) => {
        const entries = new Map(
          [
            exact && (['api', sampleEntry(exact)] as const),
            wide && (['*', sampleEntry(wide)] as const),
          ].filter((entry) => entry !== null),
        );
        const { allowed, othersExcept } = authorize('api', entries);
        for (const caller of ['web', 'cron', 'old', 'stranger']) {
          const first = exact?.[caller] ?? exact?.['*'] ?? wide?.[caller] ?? wide?.['*'] ?? 'deny';
          const may = othersExcept ? !othersExcept.includes(caller) : allowed.includes(caller);
          assert.equal(may, first === 'allow', caller);
        }
      }),
    );
  });
});
