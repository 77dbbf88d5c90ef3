import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { parseConfig } from '@grpc/grpc-js-xds/build/src/rbac.js';
import fc from 'fast-check';
import { identity } from '../testing/samples.ts';
import { intentionsSchema } from '../watch/intentions.ts';
import { parseConfigEntries } from '../watch/parseConfigEntries.ts';
import type { PackedAny } from '../xds/encode.ts';
import { protoRoot } from '../xds/protoRoot.ts';
import { authorize } from './authorize.ts';
import { rbacFilter } from './rbacFilter.ts';
import { spiffeId } from './spiffe.ts';

interface Call {
  readonly caller: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}
interface RawHeader {
  readonly Name: string;
  readonly [condition: string]: string | boolean;
}
interface RawPermission {
  readonly Action: string;
  readonly HTTP: {
    readonly PathExact?: string;
    readonly PathPrefix?: string;
    readonly PathRegex?: string;
    readonly Header?: readonly RawHeader[];
    readonly Methods?: readonly string[];
  };
}
interface RawSource {
  readonly Name: string;
  readonly Action?: string;
  readonly Permissions?: readonly RawPermission[];
}
type RawEntries = Readonly<Record<string, readonly RawSource[]>>;

/** Consul's documented meaning of the intentions for "api", read straight from the entries. */
function mayByIntentions(entries: RawEntries, { caller, path, headers }: Call): boolean {
  // An id that is spelled otherwise than Consul spells it is nobody's.
  if (/[%?#]/.test(caller)) return false;
  const full = (regex: string, text: string) => new RegExp(`^(?:${regex})$`).test(text);
  const headerHolds = (condition: RawHeader): boolean => {
    const found = headers[condition.Name];
    const invert = condition.Invert === true;
    if (condition.Present) return (found !== undefined) !== invert;
    if (found === undefined) return false;
    const fold = (text: string) => (condition.IgnoreCase ? text.toLowerCase() : text);
    const value = fold(found);
    const { Exact, Prefix, Suffix, Contains, Regex } = condition as Record<string, string>;
    const holds =
      (Exact && value === fold(Exact)) ||
      (Prefix && value.startsWith(fold(Prefix))) ||
      (Suffix && value.endsWith(fold(Suffix))) ||
      (Contains && value.includes(fold(Contains))) ||
      (Regex && full(Regex, found));
    return Boolean(holds) !== invert;
  };
  const holds = ({ HTTP }: RawPermission): boolean =>
    (HTTP.PathExact === undefined || path === HTTP.PathExact) &&
    (HTTP.PathPrefix === undefined || path.startsWith(HTTP.PathPrefix)) &&
    (HTTP.PathRegex === undefined || full(HTTP.PathRegex, path)) &&
    (HTTP.Header ?? []).every(headerHolds) &&
    (!HTTP.Methods || HTTP.Methods.includes('POST'));
  for (const destination of ['api', '*']) {
    for (const name of [caller, '*']) {
      const source = entries[destination]?.find(({ Name }) => Name === name);
      if (!source) continue;
      // Whoever may be "web" may have that name signed too.
      if (name === '*' && caller === 'web-sidecar-proxy') return false;
      // No service has such a name: it can be denied only.
      if (name === 'web_') return false;
      const decided = source.Permissions ? source.Permissions.find(holds) : source;
      return decided?.Action === 'allow';
    }
  }
  return false;
}

/** What a stock gRPC server makes of the filter: its own evaluation of the bytes. */
function server(entries: RawEntries) {
  const raw = Object.entries(entries).map(([Name, Sources]) => ({
    Kind: 'service-intentions',
    Name,
    Sources,
    CreateIndex: 1,
    ModifyIndex: 1,
  }));
  const parsed = parseConfigEntries('service-intentions', intentionsSchema, raw, undefined);
  const authorization = authorize('api', parsed.entries);
  const { typed_config } = rbacFilter(authorization, identity) as { typed_config: PackedAny };
  const type = protoRoot.lookupType('envoy.extensions.filters.http.rbac.v3.RBAC');
  const form = { longs: String, enums: String, defaults: true, oneofs: true };
  const { rules, shadow_rules } = type.toObject(type.decode(typed_config.value), form);
  // Each parsed once: grpc-js-xds' regular expressions are never freed.
  const read = (config: unknown) => {
    const group = parseConfig(config as never);
    return ({ caller, path, headers }: Call) =>
      group.apply({
        destinationIp: '127.0.0.1',
        destinationPort: 1,
        sourceIp: '127.0.0.1',
        headers: Metadata.fromHttp2Headers({ ...headers }),
        tls: true,
        peerCertificate: {
          subjectaltname: `URI:${spiffeId(identity, caller)}`,
          subject: {} as never,
        },
        urlPath: path,
      });
  };
  const shadows = Object.entries(shadow_rules?.policies ?? {}).map(
    ([name, policy]) => [name, read({ action: 'ALLOW', policies: { [name]: policy } })] as const,
  );
  return {
    warnings: authorization.warnings,
    may: read(rules),
    /** Names of the shadow rules that match, in their order. */
    denials: (call: Call) => shadows.filter(([, holds]) => holds(call)).map(([name]) => name),
  };
}

const paths = ['/a.v1.A/Get', '/a.v1.A/List', '/a.v1.A', '/b.v1.B/Get'];
const values = ['one', 'two', 'One', 'one two', 'x'];
const pathCondition = fc.oneof(
  fc.constant({}),
  fc.record({ PathExact: fc.constantFrom(...paths) }),
  fc.record({ PathPrefix: fc.constantFrom('/', '/a.v1.A/', '/b') }),
  fc.record({ PathRegex: fc.constantFrom('/a.*|/b', '.*/Get', '/[ab].v1.[AB]/L.*') }),
);
const headerCondition = fc
  .tuple(
    fc.constantFrom('x-a', 'x-b'),
    fc.oneof(
      fc.constant({ Present: true }),
      fc.tuple(
        fc.constantFrom('Exact', 'Prefix', 'Suffix', 'Contains'),
        fc.constantFrom('one', 'o', 'ONE'),
      ),
      fc.constantFrom({ Regex: 'one|t' }, { Regex: 'o.*' }),
    ),
    fc.record({ Invert: fc.boolean(), IgnoreCase: fc.boolean() }),
  )
  .map(([Name, condition, flags]) => {
    if (!Array.isArray(condition)) return { Name, ...condition, Invert: flags.Invert };
    return { Name, [condition[0]]: condition[1], ...flags };
  });
const permission = fc
  .record(
    {
      Action: fc.constantFrom('allow', 'deny'),
      path: pathCondition,
      Header: fc.array(headerCondition, { maxLength: 2 }),
      Methods: fc.constantFrom(['POST'], ['GET', 'POST'], ['GET']),
    },
    { requiredKeys: ['Action', 'path'] },
  )
  .map(({ Action, path, ...conditions }) => ({ Action, HTTP: { ...path, ...conditions } }));
const source = fc.oneof(
  fc.record({ Action: fc.constantFrom('allow', 'deny') }),
  fc.record({ Permissions: fc.array(permission, { minLength: 1, maxLength: 4 }) }),
);
const sources = fc
  .dictionary(fc.constantFrom('web', 'web_', 'cron', '*'), source)
  .map((named) => Object.entries(named).map(([Name, says]) => ({ Name, ...says })));
const entries = fc.record({ api: sources, '*': sources, other: sources }, { requiredKeys: [] });
const header = fc.option(fc.constantFrom(...values), { nil: undefined });
const call = fc.record({
  caller: fc.constantFrom(
    'web',
    'web_',
    'cron',
    'stranger',
    'we%62',
    'stran%67er',
    'web?',
    'web#',
    'web?x=y',
    'web-sidecar-proxy',
  ),
  path: fc.constantFrom(...paths),
  headers: fc
    .record({ 'x-a': header, 'x-b': header })
    .map(
      (given) =>
        Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Record<
          string,
          string
        >,
    ),
});

describe('rbacFilter', () => {
  test('a stock gRPC server allows exactly what the intentions say', () => {
    const decided = { true: 0, false: 0 };
    fc.assert(
      fc.property(entries, fc.array(call, { minLength: 20, maxLength: 20 }), (raw, calls) => {
        const { may } = server(raw as RawEntries);
        for (const each of calls) {
          const expected = mayByIntentions(raw as RawEntries, each);
          assert.equal(may(each), expected, JSON.stringify(each));
          decided[`${expected}`] += 1;
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(decided.true > 500 && decided.false > 500, JSON.stringify(decided));
  });

  test('a call that an intention denies has a shadow rule that says which one', () => {
    fc.assert(
      fc.property(entries, call, (raw, each) => {
        const { may, denials } = server(raw as RawEntries);
        if (may(each)) return;
        const rules = denials(each);
        const about =
          !/[%?#]|-sidecar-proxy/.test(each.caller) &&
          ['api', '*'].some((name) =>
            (raw as RawEntries)[name]?.some(({ Name }) => Name === each.caller || Name === '*'),
          );
        assert.equal(rules.length > 0, about, JSON.stringify(rules));
      }),
      { numRuns: 500 },
    );
  });

  test('the first shadow rule that matches is the one that decides', () => {
    const Permissions = [
      {
        Action: 'deny',
        HTTP: { PathExact: '/a.v1.A/Get', Header: [{ Name: 'x-a', Present: true }] },
      },
      { Action: 'allow', HTTP: { PathPrefix: '/a.v1.A/' } },
    ];
    const { denials } = server({
      api: [
        { Name: 'web', Permissions },
        { Name: '*', Action: 'deny' },
      ],
    });
    const ruleOf = (caller: string, path: string, headers = {}) =>
      denials({ caller, path, headers })[0];
    const entry = 'service-intentions/api: source';
    assert.equal(
      ruleOf('web', '/a.v1.A/Get', { 'x-a': '1' }),
      `${entry} "web": permission 1: deny`,
    );
    assert.equal(ruleOf('web', '/b.v1.B/Get'), `${entry} "web": no permission allows it`);
    assert.equal(ruleOf('cron', '/a.v1.A/Get'), `${entry} "*": deny`);
  });

  test('permissions that cannot be enforced let nobody in, not even by another permission', () => {
    const everything = { Action: 'allow', HTTP: { PathPrefix: '/' } };
    const hidden = { Action: 'deny', HTTP: { Header: [{ Name: 'grpc-timeout', Present: true }] } };
    const { may, denials, warnings } = server({
      api: [{ Name: 'web', Permissions: [everything, hidden] }],
    });
    const each = { caller: 'web', path: '/a.v1.A/Get', headers: {} };
    assert.equal(may(each), false);
    assert.match(denials(each)[0] ?? '', /cannot be enforced/);
    assert.match(warnings.join(), /grpc-timeout/);
  });
});
