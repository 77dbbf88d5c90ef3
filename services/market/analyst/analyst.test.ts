import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { execa } from 'execa';
import { ensureEnvironment } from '../../../deploy/local/programs/python.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';

const folder = import.meta.dirname;
const postgres = usePostgres();
let python: string;

before(async () => {
  const progress = {
    report: (line: string) => void process.stderr.write(`${line}\n`),
    signal: AbortSignal.timeout(600_000),
  };
  const environment = await ensureEnvironment(join(folder, 'requirements.txt'), progress);
  python = join(environment, 'bin/python');
});

/** Runs tests of Python, each a name such as "tests.test_gate". */
async function run(...modules: readonly string[]): Promise<void> {
  const { exitCode, all } = await execa(python, ['-m', 'unittest', ...modules], {
    cwd: folder,
    env: { ANALYST_TEST_DATABASE_URL: await postgres.createDatabase() },
    all: true,
    reject: false,
  });
  assert.equal(exitCode, 0, all);
  assert.match(all, /Ran [1-9]\d* tests?/);
}

test('a figure, a quotation or a citation that does not hold is not given out, nor what is newer than was asked for', () =>
  run('tests.test_gate'));

test('each sentence of a market pulse holds against the figures that it cites', () =>
  run('tests.test_pulse'));

test('news are stored once, found by who asks, and figures come back as they were', () =>
  run('tests.test_store'));

test('a language model looks up figures by tools, and neither it nor a document has anything given out that does not hold', () =>
  run('tests.test_generate'));

test('meaning, tone and language of texts, figures of a chain, files of news and tokens are what they are said to be', () =>
  run('tests.test_words'));

test('a question is answered by what figures and news say, and what they do not say is not answered', () =>
  run('tests.test_ask'));
