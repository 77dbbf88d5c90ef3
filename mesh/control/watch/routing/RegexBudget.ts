import { MAX_REGEX_PROGRAM, regexProblem, regexSize } from '../../syntax/safeRegex.ts';

/** Instructions of the regular expressions of an entry together: every caller of its service spends memory on all of them. */
const MAX_PROGRAMS = 4 * MAX_REGEX_PROGRAM;

/** What the regular expressions of one config entry may still take. */
export class RegexBudget {
  #left = MAX_PROGRAMS;

  /** @returns why these cannot be sent as well; undefined: they can, and there is so much less for others. */
  take(regexes: readonly string[]): string | undefined {
    const [problem] = regexes.flatMap((regex) => regexProblem(regex) ?? []);
    if (problem) return problem;
    const size = regexes.reduce((sum, regex) => sum + regexSize(regex), 0);
    if (size > this.#left) {
      return `the regular expressions of the entry take more than ${MAX_PROGRAMS} instructions up to here`;
    }
    this.#left -= size;
    return undefined;
  }
}
