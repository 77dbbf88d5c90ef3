import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { eventually } from '../testing/eventually.ts';
import type { TestConsul } from '../testing/TestConsul.ts';
import type { Status } from './admin/Status.ts';
import { type EchoMesh, startEchoMesh } from './testing/startEchoMesh.ts';

const OK = 0;
const PERMISSION_DENIED = 7;
const GET = '/test.Echo/Get';
const LIST = '/test.Echo/List';

describe('intentions on layer 7, in stock grpc-js processes', { timeout: 120_000 }, () => {
  const lines: string[] = [];
  let mesh: EchoMesh;
  let consul: TestConsul;
  let revision = 0;

  before(async () => {
    const log = pino({}, { write: (line: string) => lines.push(line) });
    mesh = await startEchoMesh({ log, methods: [GET, LIST] });
    ({ consul } = mesh);
    await consul.configure({ Kind: 'service-defaults', Name: 'echo', Protocol: 'grpc' });
  });
  after(() => mesh?.stop());

  const call = async (path: string, headers: Record<string, string> = {}) =>
    (await mesh.client.call('echo', path, undefined, headers)).code;

  /** Writes the permissions of web, and a mark by which the test sees that they are in force. */
  async function permit(permissions: readonly object[], more: object = {}): Promise<void> {
    revision += 1;
    const mark = { Name: 'x-mark', Exact: `${revision}` };
    await consul.client.write('/config', {
      Kind: 'service-intentions',
      Name: 'echo',
      Sources: [
        {
          Name: 'web',
          Permissions: [
            { Action: 'allow', HTTP: { PathExact: GET, Header: [mark] } },
            ...permissions,
          ],
        },
      ],
      ...more,
    });
    if ('JWT' in more) return;
    await eventually(
      async () => assert.equal(await call(GET, { 'x-mark': mark.Exact }), OK),
      30_000,
    );
  }
  async function expect(cases: readonly [string, Record<string, string>, number][]): Promise<void> {
    for (const [path, headers, code] of cases) {
      assert.equal(await call(path, headers), code, `${path} ${JSON.stringify(headers)}`);
    }
  }

  test('a path-bound intention opens its path and no other', async () => {
    await permit([{ Action: 'allow', HTTP: { PathExact: LIST } }]);
    await expect([
      [LIST, {}, OK],
      [GET, {}, PERMISSION_DENIED],
    ]);
    await permit([{ Action: 'allow', HTTP: { PathRegex: '/other|/test.Echo/G' } }]);
    await expect([
      [LIST, {}, PERMISSION_DENIED],
      [GET, {}, PERMISSION_DENIED],
    ]);
  });

  test('a header-bound intention needs that header with that value', async () => {
    await permit([
      { Action: 'allow', HTTP: { PathPrefix: '/test.', Header: [{ Name: 'x-team', Exact: 'a' }] } },
    ]);
    await expect([
      [LIST, { 'x-team': 'a' }, OK],
      [LIST, { 'x-team': 'b' }, PERMISSION_DENIED],
      [LIST, { 'x-team': 'ab' }, PERMISSION_DENIED],
      [LIST, { 'x-other': 'a' }, PERMISSION_DENIED],
      [LIST, {}, PERMISSION_DENIED],
    ]);
    const inside = { Name: 'X-Team', Contains: 'ops', IgnoreCase: true };
    await permit([{ Action: 'allow', HTTP: { PathPrefix: '/', Header: [inside] } }]);
    await expect([
      [LIST, { 'x-team': 'DevOps!' }, OK],
      [LIST, { 'x-team': 'dev' }, PERMISSION_DENIED],
    ]);
    const not = { Name: 'x-team', Prefix: 'ext', Invert: true };
    await permit([{ Action: 'allow', HTTP: { PathPrefix: '/', Header: [not] } }]);
    await expect([
      [LIST, { 'x-team': 'int' }, OK],
      [LIST, { 'x-team': 'extern' }, PERMISSION_DENIED],
      [LIST, {}, PERMISSION_DENIED],
    ]);
  });

  test('the first permission that matches decides', async () => {
    const marked = { Header: [{ Name: 'x-blocked', Present: true }] };
    await permit([
      { Action: 'deny', HTTP: { PathExact: LIST, ...marked } },
      { Action: 'allow', HTTP: { PathPrefix: '/' } },
      { Action: 'deny', HTTP: { PathExact: GET } },
    ]);
    await expect([
      [LIST, {}, OK],
      [LIST, { 'x-blocked': '1' }, PERMISSION_DENIED],
      [GET, { 'x-blocked': '1' }, OK],
      [GET, {}, OK],
    ]);
  });

  test('all calls are POST', async () => {
    await permit([{ Action: 'allow', HTTP: { PathExact: LIST, Methods: ['GET', 'POST'] } }]);
    await expect([[LIST, {}, OK]]);
    await permit([{ Action: 'allow', HTTP: { PathPrefix: '/', Methods: ['GET', 'PUT'] } }]);
    await expect([[LIST, {}, PERMISSION_DENIED]]);
  });

  test('a deny takes effect beside a permission that no server can read', async () => {
    const everything = { Action: 'allow', HTTP: { PathPrefix: '/' } };
    await permit([everything]);
    await expect([[LIST, {}, OK]]);
    await consul.client.write('/config', {
      Kind: 'service-intentions',
      Name: 'echo',
      Sources: [
        { Name: 'web', Action: 'deny' },
        {
          Name: 'other',
          Permissions: [{ Action: 'allow', HTTP: { PathRegex: '/\\p{Lc}+' } }, everything],
        },
      ],
    });
    await eventually(async () => assert.equal(await call(LIST), PERMISSION_DENIED), 30_000);
    // The other one gets in by nothing either: what its first permission would have denied is not known.
    const warned = lines.filter((line) => line.includes('source \\"other\\": permission 1'));
    assert.equal(warned.length, 1);
  });

  test('what cannot be enforced denies, and log and status name it', async () => {
    const everything = { Action: 'allow', HTTP: { PathPrefix: '/' } };
    await permit([everything]);
    await expect([[LIST, {}, OK]]);
    await consul.client.write('/config', {
      Kind: 'jwt-provider',
      Name: 'okta',
      JSONWebKeySet: { Local: { JWKS: Buffer.from('{"keys":[]}').toString('base64') } },
    });
    await permit([everything], { JWT: { Providers: [{ Name: 'okta' }] } });
    await eventually(async () => assert.equal(await call(LIST), PERMISSION_DENIED), 30_000);
    const status = (await (await fetch(`${mesh.control.adminUrl}/status`)).json()) as Status;
    const warnings = status.services.find(({ name }) => name === 'echo')?.warnings.join() ?? '';
    assert.match(warnings, /service-intentions\/echo: JWT is not enforced/);
    const logged = lines.filter((line) => line.includes('service-intentions/echo: JWT is not'));
    assert.equal(logged.length, 1);
  });
});
