import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { generateMessages } from './conformance/runner/generateMessages.ts';
import { findRunner } from './conformance/runner/installRunner.ts';
import { runMode } from './conformance/runner/runMode.ts';

// Building the runner takes a minute, so it is not built here.
const runner = findRunner();
const skip = runner ? false : 'make conformance has not been run on this machine';

// `make conformance` runs these as well: the first two measure how much time has passed, the third takes 20 s.
const WITHOUT_CLOCKS = ['--skip', 'Timeouts/**', '--skip', 'Deadline Propagation/**'];
const PLAIN = [
  ...['--skip', 'Server Message Size/**'],
  ...['--run', '**/Compression:COMPRESSION_IDENTITY/TLS:false/**'],
  ...['--run', 'gRPC Unexpected Requests/HTTPVersion:2/TLS:false/**'],
];

before(async () => {
  if (!runner) return;
  await generateMessages(runner.protos, { report: () => {}, signal: AbortSignal.timeout(60_000) });
});

test('a client of any language is served as gRPC has it', { skip }, async (t) => {
  assert.ok(runner);
  const selection = [...PLAIN, ...WITHOUT_CLOCKS];
  const { exitCode, output } = await runMode(runner.binary, 'server', t.signal, selection);
  assert.equal(exitCode, 0, output);
  assert.match(output, /\d{3} passed, 0 failed/);
});

test('a server of any language is called as gRPC has it', { skip }, async (t) => {
  assert.ok(runner);
  const { exitCode, output } = await runMode(runner.binary, 'client', t.signal, WITHOUT_CLOCKS);
  assert.equal(exitCode, 0, output);
  assert.match(output, /\d{3} passed, 0 failed/);
});
