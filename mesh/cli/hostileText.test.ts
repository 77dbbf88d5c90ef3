import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import { CliMesh } from './testing/CliMesh.ts';

/** Sets a terminal's title, colours, the clipboard, the direction of writing; and begins a line of its own. */
const HOSTILE = '\x1b]0;owned\x07\x9b31m\x1b]52;c;b3duZWQ=\x07\u202e\r\n! forged';
const OBEYED = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;

suite('The command weft, where others write what it shows', { timeout: 120_000 }, () => {
  let mesh: CliMesh;
  before(async () => {
    mesh = await CliMesh.start();
    const { client } = mesh.consul;
    await mesh.consul.intend('analytics', { cli: 'allow' });
    await mesh.serveAssets('analytics', '--grpc', 'market.v1.AnalyticsService');
    await client.write('/agent/service/register', {
      Name: 'hostile',
      ID: 'hostile-1',
      Port: 9001,
      Meta: { version: HOSTILE, runtime: HOSTILE, 'weft-group': HOSTILE },
      Connect: { Native: true },
    });
    await client.write('/config', {
      Kind: 'service-defaults',
      Name: 'hostile',
      Protocol: 'grpc',
    });
    const header = { Name: 'x-hostile', Exact: HOSTILE };
    await client.write('/config', {
      Kind: 'service-intentions',
      Name: 'hostile',
      Sources: [{ Name: 'cli', Permissions: [{ Action: 'allow', HTTP: { Header: [header] } }] }],
    });
    await client.write('/config', {
      Kind: 'service-router',
      Name: 'hostile',
      Routes: [{ Match: { HTTP: { PathPrefix: '/', Header: [header] } }, Destination: {} }],
    });
    await client.write('/kv/weft/faults/hostile', HOSTILE as never);
  });
  after(() => mesh?.stop());

  for (const [args, shown] of [
    [['status'], /\\u001b\]0;owned/],
    [['status', '--json'], /\\u009b31m/],
    [['intention', 'list'], /\\u001b\]0;owned/],
    [['intention', 'list', '--json'], /\\u009b31m/],
    [['routes', 'hostile'], /\\u001b\]0;owned/],
    [['routes', 'hostile', '--json'], /\\u009b31m/],
    [['fault', 'hostile'], /\\u001b\]0;owned/],
    [
      [
        'call',
        'market.v1.AnalyticsService/GetAssetSummary',
        `{"assetSymbol":${JSON.stringify(HOSTILE)}}`,
      ],
      /\\u009b31m/,
    ],
  ] as const) {
    test(`${args.slice(0, 2).join(' ')} shows it, and no terminal obeys it`, async () => {
      const said = await eventually(async () => {
        const { stdout, stderr } = await mesh.run(args);
        assert.match(stdout + stderr, shown);
        return stdout + stderr;
      }, 30_000);
      assert.doesNotMatch(said, OBEYED);
      assert.doesNotMatch(said, /^! forged/m);
      if (args.includes('--json' as never)) JSON.parse(said);
    });
  }
});
