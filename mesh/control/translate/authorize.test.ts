import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callers } from '../admin/callers.ts';
import { sampleEntry } from '../testing/samples.ts';
import { authorize } from './authorize.ts';

type Entries = Parameters<typeof authorize>[1];

const decision = (entries: Entries) => {
  const { allowed, othersExcept } = callers(authorize('api', entries));
  return { allowed, othersExcept };
};
/** Who may call, and what is wrong. */
const judge = (entries: Entries) => {
  const authorization = authorize('api', entries);
  return { ...callers(authorization), warnings: authorization.warnings.join() };
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

  const read = { Action: 'allow', HTTP: { PathPrefix: '/a.v1.A/' } };
  const refused: Record<string, [object, RegExp]> = {
    'a JWT requirement': [{ ...read, JWT: { Providers: [{ Name: 'okta' }] } }, /JWT/],
    'a condition of a later Consul': [
      { Action: 'allow', HTTP: { PathPrefix: '/', Cookie: 'a' } },
      /Cookie/,
    ],
    'a regular expression that clients refuse': [
      { Action: 'allow', HTTP: { PathRegex: '/(?=a)' } },
      /not every client takes/,
    ],
    'a header that gRPC servers do not see': [
      { Action: 'deny', HTTP: { Header: [{ Name: 'Trace-Bin', Present: true }] } },
      /header trace-bin/,
    ],
    'a header without condition': [
      { Action: 'deny', HTTP: { Header: [{ Name: 'a' }] } },
      /header a/,
    ],
  };
  for (const [what, [permission, why]] of Object.entries(refused)) {
    test(`${what} denies its source alone, and says where it stands`, () => {
      const entries = new Map([['api', sampleEntry({ web: [read, permission], cron: 'allow' })]]);
      const { allowed, byPermissions, warnings } = judge(entries);
      assert.deepEqual([allowed, byPermissions], [['cron'], []]);
      assert.match(warnings, /service-intentions\/api: source "web"/);
      assert.match(warnings, why);
    });
  }

  test('permissions that restrict to other methods than POST are named: no call matches', () => {
    const get = { Action: 'allow', HTTP: { PathPrefix: '/', Methods: ['GET'] } };
    const { byPermissions, warnings } = judge(
      new Map([['api', sampleEntry({ web: [read, get] })]]),
    );
    assert.deepEqual(byPermissions, ['web']);
    assert.match(warnings, /permission 2: matches no call/);
  });

  test('a JWT requirement denies all sources of its entry', () => {
    const entries = new Map([
      ['api', sampleEntry({ web: 'allow' }, { JWT: {} })],
      ['*', sampleEntry({ web: 'allow', cron: 'allow' })],
    ]);
    const { allowed, warnings } = judge(entries);
    assert.deepEqual(allowed, ['cron']);
    assert.match(warnings, /service-intentions\/api: JWT/);
  });

  test('a source elsewhere decides nothing about a service of that name here', () => {
    const Sources = [{ Name: 'web', Action: 'allow', Peer: 'east' }];
    const entries = new Map([
      ['api', sampleEntry({}, { Sources })],
      ['*', sampleEntry({ cron: 'allow' })],
    ]);
    const { allowed, warnings } = judge(entries);
    assert.deepEqual(allowed, ['cron']);
    assert.match(warnings, /peer east/);
  });

  test('an entry that was never readable denies, whatever wider entries say', () => {
    const unreadable = { revision: '1.1', value: undefined, refused: 'no Sources' };
    const entries = new Map([
      ['api', unreadable],
      ['*', sampleEntry({ '*': 'allow' })],
    ]);
    assert.deepEqual(decision(entries), { allowed: [], othersExcept: undefined });
    assert.match(judge(entries).warnings, /cannot be read, all are denied/);
  });
});
