import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AnswerError } from './AnswerError.ts';
import { parseFaults } from './parseFaults.ts';

const key = (service: string, value: string | null, ModifyIndex = 2) => ({
  Key: `weft/faults/${service}`,
  Value: value && Buffer.from(value).toString('base64'),
  CreateIndex: 1,
  ModifyIndex,
});
const good = '{"abort": {"percent": 100, "code": "ABORTED"}}';
const refusedOf = (service: string, value: string | null) =>
  parseFaults([key(service, value)], undefined).entries.get(service)?.refused ?? '';

describe('parseFaults', () => {
  test('reads the faults of all services', () => {
    const { entries } = parseFaults([key('a', good), key('b', good)], undefined);
    assert.deepEqual([...entries.keys()], ['a', 'b']);
    assert.deepEqual(entries.get('a')?.value, { abort: { percent: 100, code: 'ABORTED' } });
  });

  test('a fault that becomes unreadable is over, and says why', () => {
    const before = parseFaults([key('a', good), key('b', good)], undefined);
    const { entries } = parseFaults([key('a', '{"abort":', 3), key('b', good)], before);
    assert.equal(entries.get('a')?.value, undefined);
    assert.match(entries.get('a')?.refused ?? '', /not JSON/);
    assert.equal(entries.get('b'), before.entries.get('b'), 'its sibling is not touched');
  });

  test('names what is wrong', () => {
    assert.match(refusedOf('a', '{"abort": {"percent": 200, "code": "ABORTED"}}'), /percent/);
    assert.match(refusedOf('a', null), /not JSON/);
    assert.match(refusedOf('a/b', good), /names no service/);
    const crashing = '{"delay":{"percent":1,"duration":"1s"},"headers":[{"name":"x","regex":"("}]}';
    assert.match(refusedOf('a', crashing), /header x: no RE2/);
  });

  test('the folder itself is no fault', () => {
    assert.equal(parseFaults([key('', null)], undefined).entries.size, 0);
  });

  test('an answer about something else is not believed', () => {
    const other = { ...key('a', good), Key: 'other/a' };
    assert.throws(() => parseFaults([other], undefined), AnswerError);
    assert.throws(() => parseFaults({}, undefined), AnswerError);
  });
});
