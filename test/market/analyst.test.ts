import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { followPage } from '../support/followPage.ts';
import { TestMesh } from '../support/TestMesh.ts';
import { waitFor } from '../support/waitFor.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['analyst'] });
});
after(() => mesh?.stop());

test('who follows docs/analyst.md is told what moved, and is answered with citations or told that there is no evidence', async () => {
  const calls = await followPage(mesh, 'docs/analyst.md');
  assert.ok(calls.length > 15);
});

test('a question of 100 kB is refused at the edge, and the analyst goes on with its news after its death', async () => {
  const ask = (question: string) =>
    fetch(`${mesh.edge}/ai/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question }),
    });
  assert.equal((await ask('x'.repeat(100_000))).status, 413);
  await mesh.kill('analyst');
  await waitFor('an answer from the news', async () => {
    const answer = await ask('What did the chip makers warn of?');
    return answer.ok && (await answer.json()).kind === 'ANSWER_KIND_EXTRACTED';
  });
});
