import { RE2 } from 're2-wasm';
import { safeRegex } from '../translate/safeRegex.ts';
import type { PathMatch } from '../watch/routing/serviceRouter.ts';

/** Whether calls of this path match; an undefined condition holds for all. */
export function matchesPath(match: PathMatch | undefined, path: string): boolean {
  if (!match) return true;
  const fold = (text: string) => (match.ignoresCase ? text.toLowerCase() : text);
  switch (match.kind) {
    case 'exact':
      return fold(path) === fold(match.value);
    case 'prefix':
      return fold(path).startsWith(fold(match.value));
    case 'regex':
      return new RE2(`^${safeRegex(match.value).regex}$`, 'u').test(path);
  }
}
