import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { faultSchema } from '../../consul/faultSchema.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { type Result, Running } from '../testing/Running.ts';

suite('weft fault', { timeout: 120_000 }, () => {
  let consul: TestConsul;
  before(async () => {
    consul = await TestConsul.start();
    await consul.register({ service: 'analytics', port: 9001 });
  });
  after(() => consul?.stop());

  const run = (...args: string[]): Promise<Result> =>
    new Running(['fault', ...args], {
      ...process.env,
      CONSUL_HTTP_ADDR: consul.client.address,
    }).result();
  const stored = async () => {
    const { value } = await consul.client.read<{ Value: string }[]>('/kv/weft/faults/analytics');
    const text = Buffer.from(value[0]?.Value ?? '', 'base64').toString();
    return faultSchema.parse(JSON.parse(text));
  };

  test('writes what the control plane reads, replaces it, shows it, and takes it away', async () => {
    const delayed = await run('analytics', '--delay', '200ms', '--percent', '10');
    assert.equal(delayed.exitCode, 0, delayed.stderr);
    assert.deepEqual(await stored(), { delay: { percent: 10, duration: '200ms' } });
    assert.match(delayed.stdout, /before: none\n.*Roll back: weft fault analytics --clear/s);

    const header = ['--header', 'x-tester=on'];
    await run('analytics', '--abort', 'UNAVAILABLE', '--percent', '0.5', ...header);
    const abort = {
      abort: { percent: 0.5, code: 'UNAVAILABLE' },
      headers: [{ name: 'x-tester', exact: 'on' }],
    };
    assert.deepEqual(await stored(), abort);
    assert.deepEqual(JSON.parse((await run('analytics')).stdout), abort);

    const cleared = await run('analytics', '--clear');
    assert.match(cleared.stdout, /now: {4}none\n$/);
    await assert.rejects(stored(), { statusCode: 404 });
    assert.equal((await run('analytics', '--clear')).exitCode, 0);
  });

  test('what is wrong is refused, and nothing is written', async () => {
    const wrong: [string[], number, RegExp][] = [
      [['analitics', '--delay', '1s'], 2, /no service "analitics"/],
      [['analytics', '--delay', '200'], 2, /number and ms, s or m/],
      [['analytics', '--delay', '2m', '--percent', '101'], 1, /0 to 100/],
      [['analytics', '--abort', 'OK'], 1, /Allowed choices.*UNAVAILABLE/],
      [['analytics', '--abort', 'UNAVAILABLE', '--clear'], 2, /either/],
      [['analytics', '--delay', '1s', '--header', 'x-bin-bin=1'], 2, /binary header/],
    ];
    for (const [args, exitCode, message] of wrong) {
      const result = await run(...args);
      assert.equal(result.exitCode, exitCode, `${args}: ${result.stderr}`);
      assert.match(result.stderr, message);
    }
    await assert.rejects(stored(), { statusCode: 404 });
  });
});
