import { isServiceName, NAME_RULE } from '@weft/mesh/manifest';
import { InvalidArgumentError } from 'commander';

/** Words joined by -, each of which begins with a letter: from them types, tables and paths are named. */
const WORDS = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/;

/** What JavaScript does not take as the name of a variable (ECMA-262, 12.7.2). */
const JAVASCRIPT: ReadonlySet<string> = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
  finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof var void while with yield`.split(/\s+/),
);

/**
 * Reads "shop/gift".
 *
 * @throws InvalidArgumentError that says what a name may be.
 */
export function parseServicePath(text: string): { group: string; service: string } {
  const [group = '', service = '', ...rest] = text.split('/');
  if (rest.length > 0 || service === '') {
    throw new InvalidArgumentError('It is a group, a slash and a service, such as shop/gift.');
  }
  if (!isServiceName(group)) {
    throw new InvalidArgumentError(`"${group}" is no group: it is ${NAME_RULE}.`);
  }
  if (!isServiceName(service) || !WORDS.test(service)) {
    throw new InvalidArgumentError(
      `"${service}" is no service: it is words of a-z and 0-9 joined by -, such as gift-card, at most 63 characters.`,
    );
  }
  if (JAVASCRIPT.has(service)) {
    throw new InvalidArgumentError(`"${service}" is a word of JavaScript: code could not name it.`);
  }
  return { group, service };
}
