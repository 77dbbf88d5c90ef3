import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Corpus } from './Corpus.ts';
import { loadTargets, targets } from './targets/index.ts';

const replayed = new Set<string>();

/** Tries all inputs that are kept of a target. */
async function replay(name: string): Promise<void> {
  replayed.add(name);
  const { real } = await loadTargets(name);
  await using _started = (await real.start?.()) ?? new AsyncDisposableStack();
  const inputs = new Corpus(join(import.meta.dirname, 'corpus', name)).read();
  assert.ok(inputs.length > 0);
  for (const { name: file, input } of inputs) {
    await assert.doesNotReject(async () => real.check(input), file);
  }
}

suite('What has done harm once does it no more', () => {
  test('nobody gets in by entries in Consul who is not admitted, and clients take what is made of them', () =>
    replay('consul'));
  test('a message of the contracts is to another library what it is to ours, and passes by no rule', () =>
    replay('contracts'));
  test('what is read of a CSV file is in it, and the whole is the sum of its rows', () =>
    replay('csv'));
  test('the edge lets through JSON of the contract and known keys, and as what they are', () =>
    replay('edge'));
  test('an expression that is sent is to a client’s engine what it is to us', () =>
    replay('regex'));
  test('a server answers whatever comes over HTTP/2 by a documented status, and goes on serving', () =>
    replay('rpc'));
  test('a client of xDS is refused or answered, and all that it asked for is given back', () =>
    replay('xds'));

  after(() => assert.deepEqual([...replayed].toSorted(), Object.keys(targets).toSorted()));
});
