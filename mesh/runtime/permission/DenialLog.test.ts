import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { memoryLogger } from '../testing/TestServer.ts';
import { DenialLog } from './DenialLog.ts';

const lineOf = (service: string) => ({
  method: 'a.v1.A/Do',
  peer: service,
  spiffeId: `spiffe://x/svc/${service}`,
  rule: 'no intention allows it',
  traceId: undefined,
});

describe('DenialLog', () => {
  let lines: Record<string, unknown>[];
  let now: number;
  let log: DenialLog;
  beforeEach(() => {
    lines = [];
    now = 0;
    log = new DenialLog(memoryLogger(lines), () => now);
  });
  const deny = (service: string, times: number) => {
    for (let i = 0; i < times; i += 1) log.write(lineOf(service));
  };

  test('a denied call has one line, with who was turned away by what', () => {
    deny('web', 1);
    const [{ peer, rule, method, code, level, unwritten }] = lines as [Record<string, unknown>];
    assert.deepEqual(
      [peer, rule, method, code, level, unwritten],
      ['web', 'no intention allows it', 'a.v1.A/Do', 'PERMISSION_DENIED', 'warn', undefined],
    );
  });

  test('who calls in vain all the time gets a line in ten seconds, which counts the others', () => {
    deny('web', 1_000);
    assert.equal(lines.length, 5);
    now = 9_999;
    deny('web', 1);
    assert.equal(lines.length, 5);
    now = 10_000;
    deny('web', 3);
    assert.equal(lines.length, 6);
    assert.equal(lines[5]?.unwritten, 996);
    now = 1_000_000;
    deny('web', 10);
    assert.equal(lines.length, 11);
    assert.equal(lines[6]?.unwritten, 2);
    assert.equal(lines[7]?.unwritten, undefined);
  });

  test('does not hide the others', () => {
    deny('loud', 1_000);
    deny('quiet', 1);
    assert.deepEqual(
      lines.map(({ peer }) => peer),
      [...Array(5).fill('loud'), 'quiet'],
    );
  });
});
