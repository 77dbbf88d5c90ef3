import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { clone } from '../../mesh/local/index.ts';
import type { TestMesh } from './TestMesh.ts';

/** Longest that all of a page may take. */
const TIMEOUT_MS = 120_000;

/**
 * Runs what a page of docs/ has in its blocks of sh, as who follows it in a clone would, and holds each answer of its calls to what
 * the page says behind `#` in the same line.
 *
 * @param page Such as "docs/identity.md".
 * @returns the calls that it makes.
 * @throws AssertionError that has each call beside its answer.
 */
export async function followPage(mesh: TestMesh, page: string): Promise<readonly string[]> {
  const text = await readFile(join(clone, page), 'utf8');
  const script = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines]) => lines).join('\n');
  const calls = script.split('\n').filter((line) => line.startsWith('call '));
  const { stdout } = await execa('bash', ['-c', script], {
    cwd: clone,
    timeout: TIMEOUT_MS,
    env: { ...mesh.environment, EDGE: mesh.edge, WEFT_HOME: mesh.home },
  });
  const expected = calls.map((line) => line.replace(/^.* # /, ''));
  const beside = (answer: string, index: number) => `${answer} <- ${calls[index]}`;
  assert.deepEqual(stdout.split('\n').map(beside), expected.map(beside));
  return calls;
}
