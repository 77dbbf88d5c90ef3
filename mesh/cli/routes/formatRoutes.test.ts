import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRoutes } from './formatRoutes.ts';

test('says which routes hold while an entry is broken, since when and why, once', () => {
  const reason = 'service-splitter/web: "no name" is no name of a service: its share is left out';
  const broken = { since: '2026-01-02T03:04:05.000Z', reasons: [reason] };
  const table = { service: 'web', routes: [], targets: {}, warnings: [reason, 'another'] };
  assert.equal(
    formatRoutes({ ...table, broken: { ...broken, inForce: 'last good' } }),
    `web\n! callers of web follow its last good routes, since ${broken.since}: ${reason}\n! another\n`,
  );
  assert.match(
    formatRoutes({ ...table, broken: { ...broken, inForce: 'without them' } }),
    /^! callers of web follow its routes without what is broken, since 2026/m,
  );
});
