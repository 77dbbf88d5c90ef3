import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { isRejection, isServiceFault, isTransient, isUpstreamFault } from './statusClasses.ts';

type Name = keyof typeof Status;

/** Each code that there is, with all that is decided by it. */
const table: Record<Name, readonly string[]> = {
  OK: [],
  CANCELLED: [],
  UNKNOWN: ['service fault', 'upstream fault'],
  INVALID_ARGUMENT: ['rejection'],
  DEADLINE_EXCEEDED: ['upstream fault', 'transient'],
  NOT_FOUND: [],
  ALREADY_EXISTS: [],
  PERMISSION_DENIED: [],
  RESOURCE_EXHAUSTED: ['upstream fault'],
  FAILED_PRECONDITION: ['rejection'],
  ABORTED: ['transient'],
  OUT_OF_RANGE: ['rejection'],
  UNIMPLEMENTED: [],
  INTERNAL: ['service fault', 'upstream fault'],
  UNAVAILABLE: ['upstream fault', 'transient'],
  DATA_LOSS: ['service fault', 'upstream fault'],
  UNAUTHENTICATED: [],
};

const names = Object.keys(table) as Name[];

test('no code is forgotten by those who log, retry and open circuits', () => {
  const known = Object.keys(Status).filter((key) => Number.isNaN(Number(key)));
  assert.deepEqual([...names].sort(), known.sort());
  for (const name of names) {
    const code = Status[name];
    const classes = [
      ...(isServiceFault(code) ? ['service fault'] : []),
      ...(isUpstreamFault(code) ? ['upstream fault'] : []),
      ...(isTransient(code) ? ['transient'] : []),
      ...(isRejection(code) ? ['rejection'] : []),
    ];
    assert.deepEqual(classes, table[name], name);
  }
});

test('a request that is refused is never sent again, and opens no circuit for others', () => {
  for (const name of names) {
    const code = Status[name];
    if (isRejection(code)) assert.ok(!isTransient(code) && !isUpstreamFault(code), name);
    if (isServiceFault(code)) assert.ok(isUpstreamFault(code) && !isTransient(code), name);
  }
});
