import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { rollback } from './formatSplit.ts';
import { choosingHeader, type ServiceRouter, withHeaderChoice } from './headerChoice.ts';

const router = (...Routes: NonNullable<ServiceRouter['Routes']>): ServiceRouter => ({
  Kind: 'service-router',
  Name: 'a',
  Routes,
});
const choice = (header: string, subset: string) => ({
  Match: { HTTP: { PathPrefix: '/', Header: [{ Name: header, Exact: subset }] } },
  Destination: { ServiceSubset: subset },
});

suite('a choice by header', () => {
  test('goes before the other routes, and takes the place of the one before', () => {
    const own = { Match: { HTTP: { PathPrefix: '/slow' } }, Destination: { ServiceSubset: 'v1' } };
    const first = withHeaderChoice(router(own), 'a', 'x-version', ['v1', 'v2']);
    const choices = [choice('x-version', 'v1'), choice('x-version', 'v2')];
    assert.deepEqual(first, router(...choices, own));
    assert.equal(choosingHeader(first), 'x-version');
    const second = withHeaderChoice(first, 'a', 'x-canary', ['v2']);
    assert.deepEqual(second, router(choice('x-canary', 'v2'), own));
    assert.deepEqual(withHeaderChoice(second, 'a', undefined, []), router(own));
  });

  test('leaves no empty router behind, and one without a choice alone', () => {
    const made = withHeaderChoice(undefined, 'a', 'x-version', ['v2']);
    assert.deepEqual(made, router(choice('x-version', 'v2')));
    assert.equal(withHeaderChoice(made, 'a', undefined, []), undefined);
    const other = router({ Match: null, Destination: null });
    assert.equal(withHeaderChoice(other, 'a', undefined, []), other);
  });

  for (const [what, http, destination] of [
    ['another path', { PathPrefix: '/slow' }, {}],
    ['a timeout', {}, { RequestTimeout: '1s' }],
    ['another subset', {}, { ServiceSubset: 'v9' }],
    ['another service', {}, { Service: 'b' }],
    ['two headers', { Header: [{ Name: 'a', Exact: 'v2' }, { Name: 'b' }] }, {}],
    ['an inverted header', { Header: [{ Name: 'a', Exact: 'v2', Invert: true }] }, {}],
  ] as const) {
    test(`an operator's own route with ${what} is no choice, and stays`, () => {
      const { Match, Destination } = choice('x-version', 'v2');
      const own = router({
        Match: { HTTP: { ...Match.HTTP, ...http } },
        Destination: { ...Destination, ...destination },
      });
      assert.equal(choosingHeader(own), undefined);
      assert.equal(withHeaderChoice(own, 'a', undefined, []), own);
    });
  }

  test('the command to roll back brings back the header too, or is not offered', () => {
    const splitter = (
      ...Splits: { Weight: number; ServiceSubset?: string; Service?: string }[]
    ) => ({
      Kind: 'service-splitter',
      Name: 'a',
      Splits,
    });
    const both = splitter({ Weight: 90, ServiceSubset: 'v1' }, { Weight: 10, ServiceSubset: 'v2' });
    for (const [before, header, command] of [
      [undefined, [undefined, 'x-version'], 'weft split a --clear'],
      [both, ['x-version', 'x-version'], 'weft split a v1=90 v2=10'],
      [both, ['x-version', undefined], 'weft split a v1=90 v2=10 --header x-version'],
      [both, [undefined, 'x-version'], 'weft split a v1=90 v2=10 --no-header'],
      [undefined, ['x-version', undefined], undefined],
      [splitter({ Weight: 100, Service: 'b' }), [undefined, undefined], undefined],
    ] as const) {
      const [was, is] = header;
      assert.equal(rollback('a', { before, header: { before: was, after: is } }), command);
    }
  });
});
