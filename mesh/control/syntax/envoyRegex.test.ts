import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { arbitraryRegex } from '../testing/regexEngines.ts';
import { MAX_REGEX_PROGRAM, regexProblem, safeRegex } from './safeRegex.ts';

const run = promisify(execFile);

/** A route for each expression, in an Envoy that takes programs as large as we do. */
function configOf(regexes: readonly string[]): object {
  const extension = (name: string, config: object = {}) => ({
    '@type': `type.googleapis.com/envoy.extensions.filters.${name}`,
    ...config,
  });
  const routes = regexes.map((regex) => ({
    match: { safe_regex: safeRegex(regex) },
    direct_response: { status: 200 },
  }));
  const manager = extension('network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'regexes',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [{ name: 'router', typed_config: extension('http.router.v3.Router') }],
  });
  const limit = { 're2.max_program_size.error_level': MAX_REGEX_PROGRAM };
  return {
    layered_runtime: { layers: [{ name: 'limits', static_layer: limit }] },
    static_resources: {
      listeners: [
        {
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
        },
      ],
    },
  };
}

async function validate(t: TestContext, regexes: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-envoy-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'envoy.json');
  await writeFile(file, JSON.stringify(configOf(regexes)));
  const envoy = process.env.WEFT_ENVOY_BIN ?? 'envoy';
  await run(envoy, ['--mode', 'validate', '--config-path', file, '--log-level', 'error']);
}

test('Envoy takes each expression that is sent, and finds none larger than we count it', async (t) => {
  const some = fc.sample(arbitraryRegex, 1_000 * Number(process.env.WEFT_FUZZ ?? 1));
  const largest = ['x{1,200}', 'a{490}', '[a-z]{240}', '(?:a?){180}', '[A-Za-z0-9_-]{1,63}'];
  const sent = [...largest, ...some].filter((regex) => regexProblem(regex) === undefined);
  assert.ok(sent.length > some.length / 4, `${sent.length} of ${some.length}`);
  await validate(t, sent);
  await assert.rejects(validate(t, [`a{${MAX_REGEX_PROGRAM}}`]), /program size of/);
});
