import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validAuthority } from './validAuthority.ts';

const path = '/run/weft home/control.sock';
/** As HPACK has a header of the static table with a value of its own. */
const literal = (value: string) => `\x41${String.fromCharCode(value.length)}${value}`;

async function passed(...chunks: string[]): Promise<string> {
  const stream = validAuthority(path);
  for (const chunk of chunks) stream.write(Buffer.from(chunk, 'latin1'));
  stream.end();
  return Buffer.concat(await stream.toArray()).toString('latin1');
}

test('a program that names the socket as its authority is let in by servers that know what one is', async () => {
  const [before, after] = ['\x00\x00\x30\x01', '\x86\x41\x00'];
  const valid = '-run-weft-home-control.sock';
  assert.equal(await passed(before + literal(path) + after), before + literal(valid) + after);
  assert.equal(await passed(literal(path) + literal(path)), literal(valid) + literal(valid));
});

test('all else is passed on as it is', async () => {
  for (const other of [path, literal('localhost'), literal(`${path}2`), 'A', '\x41\x1b']) {
    assert.equal(await passed(other, other), other + other);
  }
});
