import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../config/ConfigError.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { checkNode } from './checkNode.ts';

function linesOf(version?: string): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  checkNode(memoryLogger(lines), version);
  return lines;
}

test('the Node that is installed with the packages runs a service without a word', () => {
  assert.deepEqual(linesOf(), []);
});

test('a Node that is too old is refused in one line that says where another is', () => {
  for (const version of ['20.20.2', '22.18.0', '24.1.0']) {
    assert.throws(
      () => linesOf(version),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /^Node [\d.]+ is too old: .*24\.2.*node_modules\/\.bin\/node$/);
        return true;
      },
    );
  }
});

test('a Node that nobody has tried is told of in one line', () => {
  const lines = linesOf('26.0.0');
  assert.deepEqual(
    lines.map(({ level, node }) => [level, node]),
    [['warn', '26.0.0']],
  );
});
