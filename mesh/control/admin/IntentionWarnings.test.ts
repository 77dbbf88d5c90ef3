import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { sampleEntry } from '../testing/samples.ts';
import { IntentionWarnings } from './IntentionWarnings.ts';

test('what is not in force is in the log once, and again when it is something else', () => {
  const lines: string[] = [];
  const intentions = new Map();
  const warnings = new IntentionWarnings({
    state: { intentions },
    log: pino({}, { write: (line: string) => lines.push(JSON.parse(line).warning) }),
  });
  const say = (name: string, header: string) => {
    const HTTP = { Header: [{ Name: header, Present: true }] };
    intentions.set(name, sampleEntry({ web: [{ Action: 'deny', HTTP }] }));
    warnings.apply({ what: 'intentions', services: [name] });
    return lines.splice(0).map((line) => line.replace(/: no .*/, ''));
  };
  assert.deepEqual(say('a', 'x-fine'), []);
  const first = 'service-intentions/a: source "web": permission 1: header a-bin';
  assert.deepEqual(say('a', 'a-bin'), [first]);
  assert.deepEqual(say('a', 'a-bin'), []);
  assert.deepEqual(say('b', 'a-bin'), [first.replace('s/a', 's/b')]);
  assert.deepEqual(say('a', 'b-bin'), [first.replace('a-bin', 'b-bin')]);
  assert.deepEqual(say('a', 'x-fine'), []);
  assert.deepEqual(say('a', 'b-bin'), [first.replace('a-bin', 'b-bin')]);
});
