import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { execa } from 'execa';
import { runCommand } from '../local/cli/runCommand.ts';
import { assertClean, assertReleasable } from './assertReleasable.ts';
import { writeRelease } from './writeRelease.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { args } = new Command('release')
  .description(
    'Check and test everything, then write the version, the changelog and the contracts of a release into the working ' +
      'tree. Nothing is committed, tagged or pushed.',
  )
  .argument('<version>', 'of the release, such as 0.2.0')
  .parse();

await runCommand(async ({ report, signal }) => {
  const version = args[0] as string;
  await assertReleasable(root, version);
  report('Running make lint and make test');
  await execa('make', ['lint', 'test'], { cwd: root, stdio: 'inherit', cancelSignal: signal });
  await assertClean(root);
  await writeRelease(root, version, new Date().toISOString().slice(0, 10));
  report(`The working tree is release ${version}. Look at it with git diff, then:
  git commit --all --message "Release ${version}"
  git tag --annotate v${version} --message "Release ${version}"
  git push --follow-tags
To give it up: git checkout .`);
});
