import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AnswerError } from './AnswerError.ts';
import type { ConfigEntries } from './ConfigEntries.ts';
import { type Intentions, intentionsSchema } from './intentions.ts';
import { parseConfigEntries } from './parseConfigEntries.ts';

const raw = (Name: string, Sources: unknown, ModifyIndex = 1, more: object = {}) => ({
  Kind: 'service-intentions',
  Name,
  Sources,
  CreateIndex: 1,
  ModifyIndex,
  ...more,
});
const parse = (answer: unknown, last?: ConfigEntries<Intentions>) =>
  parseConfigEntries('service-intentions', intentionsSchema, answer, last);
const allowWeb = [{ Name: 'web', Action: 'allow', Precedence: 9, Type: 'consul' }];

describe('parseConfigEntries', () => {
  test('reads intentions', () => {
    const { entries } = parse([raw('api', allowWeb)]);
    assert.deepEqual(entries.get('api')?.value, {
      sources: [
        {
          name: 'web',
          action: 'allow',
          permissions: [],
          unreadable: undefined,
          elsewhere: undefined,
        },
      ],
      requiresJwt: false,
    });
  });

  test('reads permissions, JWT requirements, and sources that live elsewhere', () => {
    const sources = [
      { Name: 'l7', Permissions: [{ Action: 'allow', HTTP: { PathPrefix: '/' } }] },
      { Name: 'far', Action: 'allow', Peer: 'east' },
      { Name: 'away', Action: 'allow', Partition: 'other' },
      { Name: 'strange', Action: 'allow', Type: 'vm' },
      { Name: 'home', Action: 'allow', Namespace: 'default', Partition: 'default' },
    ];
    const { entries } = parse([raw('api', sources, 1, { JWT: { Providers: [{ Name: 'okta' }] } })]);
    const value = entries.get('api')?.value;
    assert.equal(value?.requiresJwt, true);
    assert.deepEqual(
      value?.sources.map(({ action, elsewhere }) => [action, elsewhere]),
      [
        ['permissions', undefined],
        ['allow', 'peer east'],
        ['allow', 'partition other'],
        ['allow', 'type vm'],
        ['allow', undefined],
      ],
    );
  });

  test('takes entries that have not changed as they were, by identity', () => {
    const before = parse([raw('api', allowWeb), raw('db', allowWeb)]);
    const after = parse([raw('api', allowWeb), raw('db', [], 2)], before);
    assert.equal(after.entries.get('api'), before.entries.get('api'));
    assert.notEqual(after.entries.get('db'), before.entries.get('db'));
  });

  test('an entry that cannot be read keeps its last good form; without one it has none', () => {
    const before = parse([raw('api', allowWeb)]);
    const broken = [{ Name: 'web', Action: 'perhaps' }];
    const after = parse([raw('api', broken, 2), raw('new', broken, 3)], before);
    assert.deepEqual(after.entries.get('api')?.value, before.entries.get('api')?.value);
    assert.match(after.entries.get('api')?.refused ?? '', /Action/);
    assert.equal(after.entries.get('new')?.value, undefined);
    assert.ok(after.entries.get('new')?.refused);
  });

  test('a list that does not name its entries, or is of another kind, is no answer', () => {
    const other = { ...raw('api', allowWeb), Kind: 'service-defaults' };
    for (const answer of [null, {}, [null], [{ Kind: 'service-intentions' }], [other]]) {
      assert.throws(() => parse(answer), AnswerError);
    }
  });

  test('whatever is answered, it is read or refused, and good entries stay', () => {
    const good = parse([raw('api', allowWeb)]);
    const entry = fc
      .tuple(fc.jsonValue(), fc.jsonValue())
      .map(([sources, jwt]) => raw('api', sources, 2, { JWT: jwt }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.tuple(entry)), (answer) => {
        try {
          const { entries } = parse(answer, good);
          const api = entries.get('api');
          if (api?.refused) assert.deepEqual(api.value, good.entries.get('api')?.value);
        } catch (error) {
          assert.ok(error instanceof AnswerError, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
