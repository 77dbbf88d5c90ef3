import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { HttpFilterConfig } from '@grpc/grpc-js-xds/build/src/http-filter.js';
import type { PermissionInfo, PrincipalInfo } from '@grpc/grpc-js-xds/build/src/rbac.js';
import { withoutCommonName } from './withoutCommonName.ts';

const WEB = 'spiffe://x/ns/default/dc/dc1/svc/web';
const RISK = 'spiffe://x/ns/default/dc/dc1/svc/risk';

type Call = PermissionInfo & PrincipalInfo;

/** Lets in whom this SPIFFE id names, as grpc-js-xds itself reads it. */
async function rulesFor(spiffeId: string) {
  const { parseConfig } = await import('@grpc/grpc-js-xds/build/src/rbac.js');
  const principal_name = { match_pattern: 'exact', exact: spiffeId, ignore_case: false };
  return parseConfig({
    action: 'ALLOW',
    policies: {
      allow: {
        permissions: [{ rule: 'any', any: true }],
        principals: [{ identifier: 'authenticated', authenticated: { principal_name } }],
      },
    },
  } as never) as unknown as { apply(call: Call): boolean } & HttpFilterConfig;
}

const callOf = (subjectaltname: string | undefined, CN: string) =>
  ({ peerCertificate: { subjectaltname, subject: { CN } }, tls: true }) as unknown as Call;

describe('who calls is what the certificate’s URI says', () => {
  let rules: Awaited<ReturnType<typeof rulesFor>>;
  before(async () => {
    rules = await rulesFor(WEB);
  });

  test('a service that has another’s id for a common name is not let in as that one', () => {
    assert.equal(withoutCommonName(rules).apply(callOf(`URI:${RISK}`, WEB)), false);
    assert.equal(withoutCommonName(rules).apply(callOf(undefined, WEB)), false);
  });

  test('its own id lets it in, whatever its common name', () => {
    assert.equal(withoutCommonName(rules).apply(callOf(`URI:${WEB}`, RISK)), true);
  });

  test('a caller without a certificate is left to the rules', () => {
    assert.equal(withoutCommonName(rules).apply({ peerCertificate: null } as Call), false);
  });
});
