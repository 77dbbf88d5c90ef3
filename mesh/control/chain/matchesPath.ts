import { RE2JS } from 're2js';
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
      return RE2JS.compile(match.value).matches(path);
  }
}
