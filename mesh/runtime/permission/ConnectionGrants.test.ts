import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { ConnectionGrants, type Rules } from './ConnectionGrants.ts';

type Call = Parameters<ConnectionGrants['allow']>[1];
type Info = Parameters<Rules['apply']>[0];

/** A rule in the form in which grpc-js-xds hands it to its own reader. */
type Rule = { readonly [key: string]: unknown };

const PATHS = ['/a.v1.A/Read', '/a.v1.A/Write'];
const SERVICES = ['web', 'shop'];

const connectionOf = (service: string): Call => {
  const certificate = { subjectaltname: `URI:spiffe://mesh/svc/${service}`, subject: {} };
  return {
    getAuthContext: () => ({ transportSecurityType: 'ssl', sslPeerCertificate: certificate }),
    getConnectionInfo: () => ({ localAddress: '10.0.0.1', localPort: 9000 }),
  } as unknown as Call;
};

/** What gRPC's filter makes of a call. */
const infoOf = (call: Call, urlPath: string, headers: Metadata): Info => ({
  destinationIp: '10.0.0.1',
  destinationPort: 9000,
  sourceIp: '',
  headers,
  tls: true,
  peerCertificate: call.getAuthContext().sslPeerCertificate ?? null,
  urlPath,
});

const any: Rule = { rule: 'any', any: true };
const onPath = (path: string): Rule => ({
  rule: 'url_path',
  url_path: { path: { match_pattern: 'exact', exact: path, ignore_case: false } },
});
const withHeader: Rule = {
  rule: 'header',
  header: { name: 'x-admin', header_match_specifier: 'present_match', present_match: true },
};
const from = (service: string): Rule => ({
  identifier: 'authenticated',
  authenticated: {
    principal_name: {
      match_pattern: 'exact',
      exact: `spiffe://mesh/svc/${service}`,
      ignore_case: false,
    },
  },
});

describe('ConnectionGrants', () => {
  let rulesOf: (action: string, policies: Rule[]) => Rules;
  before(async () => {
    await import('@grpc/grpc-js-xds');
    const { parseConfig } = await import('@grpc/grpc-js-xds/build/src/rbac.js');
    rulesOf = (action, policies) =>
      parseConfig({ action, policies: { ...policies } } as unknown as Parameters<
        typeof parseConfig
      >[0]);
  });

  const permission: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(any),
      fc.constant(withHeader),
      fc.constantFrom(...PATHS).map(onPath),
      tie('rule').map((rule) => ({ rule: 'not_rule', not_rule: rule })),
      fc
        .array(tie('rule'), { maxLength: 3 })
        .map((rules) => ({ rule: 'and_rules', and_rules: { rules } })),
      fc
        .array(tie('rule'), { maxLength: 3 })
        .map((rules) => ({ rule: 'or_rules', or_rules: { rules } })),
    ),
  })).rule;
  const policies = fc.array(
    fc.record({
      permissions: fc.array(permission, { minLength: 1, maxLength: 2 }),
      principals: fc.array(fc.constantFrom(...SERVICES).map(from), { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 3 },
  );

  test('nobody is let in whom the rules deny with some headers, the second time either', () => {
    let granted = 0;
    fc.assert(
      fc.property(fc.constantFrom('ALLOW', 'DENY'), policies, (action, drawn) => {
        const rules = rulesOf(action, drawn);
        const grants = new ConnectionGrants(rules);
        for (const call of SERVICES.map(connectionOf)) {
          for (const path of PATHS) {
            const admin = Metadata.fromHttp2Headers({ 'x-admin': '1' });
            const truths = [new Metadata(), admin].map((headers) =>
              rules.apply(infoOf(call, path, headers)),
            );
            const first = grants.allow(path, call);
            assert.equal(grants.allow(path, call), first);
            if (first) assert.deepEqual(truths, [true, true]);
            if (first) granted += 1;
            const asksForHeaders = JSON.stringify(drawn).includes('x-admin');
            if (!asksForHeaders) assert.equal(first, truths[0]);
          }
        }
      }),
    );
    assert.ok(granted > 0);
  });

  test('the rules are asked once for a method on a connection, and anew on another', () => {
    const rules = rulesOf('ALLOW', [{ permissions: [any], principals: [from('web')] }]);
    let asked = 0;
    const grants = new ConnectionGrants({
      apply(info) {
        asked += 1;
        return rules.apply(info);
      },
    });
    const web = connectionOf('web');
    assert.deepEqual(
      [...PATHS, ...PATHS].map((path) => grants.allow(path, web)),
      [true, true, true, true],
    );
    assert.equal(asked, 2);
    assert.equal(grants.allow(PATHS[0] ?? '', connectionOf('shop')), false);
    assert.equal(asked, 3);
  });

  test('a peer without a certificate is granted nothing: the filter decides at each call', () => {
    const grants = new ConnectionGrants({ apply: () => true });
    const nobody = { ...connectionOf('web'), getAuthContext: () => ({}) } as Call;
    assert.equal(grants.allow(PATHS[0] ?? '', nobody), false);
  });
});
