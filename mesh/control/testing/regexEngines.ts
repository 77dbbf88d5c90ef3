import { createRequire } from 'node:module';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { regexProblem, safeRegex } from '../syntax/safeRegex.ts';

const require = createRequire(import.meta.url);
const library = createRequire(require.resolve('@grpc/grpc-js-xds/package.json'));

type Re2Wasm = typeof import('re2-wasm');

const LISTENED = ['uncaughtException', 'unhandledRejection'] as const;

/** After so many expressions it is made anew: it frees none, and ends by throwing at each. */
const OF_ONE_INSTANCE = 50;
let wasm: { readonly RE2: Re2Wasm['RE2']; left: number } | undefined;

/** re2-wasm, by which a stock grpc-js-xds matches, with memory to spare. */
function re2Wasm(): Re2Wasm['RE2'] {
  if (!wasm || wasm.left === 0) {
    const before = new Set(LISTENED.flatMap((event) => process.rawListeners(event)));
    for (const file of Object.keys(require.cache)) {
      if (!file.includes('/re2-wasm/')) continue;
      const module = require.cache[file];
      // Whoever has required a module holds it, beside the cache.
      const siblings = module?.parent?.children;
      if (module) siblings?.splice(siblings.indexOf(module), 1);
      delete require.cache[file];
    }
    wasm = { RE2: (library('re2-wasm') as Re2Wasm).RE2, left: OF_ONE_INSTANCE };
    // Each instance adds some of its own, and is held by them.
    for (const event of LISTENED) {
      for (const listener of process.rawListeners(event)) {
        if (!before.has(listener)) process.off(event, listener as () => void);
      }
    }
  }
  wasm.left -= 1;
  return wasm.RE2;
}

/**
 * What the engines of clients say otherwise of an expression that the control plane would send; undefined: nothing, or it
 * would not send it.
 *
 * @param texts What to match. ASCII.
 * @param problemOf Why an expression would not be sent.
 */
export function regexDisagreement(
  regex: string,
  texts: readonly string[],
  problemOf = regexProblem,
): string | undefined {
  if (problemOf(regex) !== undefined) return undefined;
  // As grpc-js-xds has it.
  const sent = `^${safeRegex(regex).regex}$`;
  try {
    const [ours, stock] = [RE2JS.compile(sent), new (re2Wasm())(sent, 'u')];
    const differs = texts.find((text) => ours.test(text) !== stock.test(text));
    if (differs === undefined) return undefined;
    return `re2js ${ours.test(differs)}, re2-wasm ${stock.test(differs)} for ${JSON.stringify(differs)}`;
  } catch (error) {
    wasm = undefined;
    return (error as Error).message;
  }
}

const ascii = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
const letter = fc.constantFrom(
  'a',
  'b',
  'k',
  's',
  'A',
  'K',
  'S',
  '0',
  '9',
  '/',
  '.',
  '_',
  '-',
  ' ',
);
/** Text as it may stand in a path or a header. */
export const arbitraryText = fc.string({ unit: fc.oneof(letter, ascii), maxLength: 12 });

const hostile = [
  ...[
    '\\pL',
    '\\p{Lc}',
    '\\p{Alphabetic}',
    '\\P{Greek}',
    '\\C',
    '\\Qa/b\\E',
    '\\Q',
    '\\E',
    '(?<n>a)',
  ],
  ...[
    '(?P<n>a)',
    '(?=a)',
    '(?!a)',
    '\\1',
    '\\c',
    '\\cA',
    '\\u0041',
    '\\x{10FFFF}',
    '\\x80',
    '\\07',
  ],
  ...[
    '\\z',
    '\\A',
    '\\Z',
    '\\G',
    '\\h',
    '\\R',
    '\\X',
    '(?m)',
    '(?U)',
    '(?x)',
    '(?u)',
    '(?^i)',
    '(?#c)',
  ],
  ...[
    'a**',
    'a{,3}',
    'a{2',
    'a{1001}',
    'a{01}',
    '{',
    '}',
    '[',
    ']',
    '[]',
    '[^]',
    '[]a]',
    '[a-]',
    '[z-a]',
  ],
  ...[
    '[[:nope:]]',
    '[[:^digit:]]',
    '[a-\\d]',
    '[\\b]',
    '[a&&b]',
    '[a--b]',
    '[[a]b]',
    '*',
    '+',
    '|',
    '(',
    ')',
  ],
  ...[
    'é',
    '\u212a',
    '\u0000',
    '\n',
    '\ud800',
    '\\',
    '\\_',
    '\\ ',
    '\\/',
    '//',
    '[/]',
    '\\\\/',
    '\\é',
  ],
];
const usual = fc.oneof(
  { weight: 6, arbitrary: letter },
  {
    weight: 4,
    arbitrary: fc.constantFrom('.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\B'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('^', '$', '\\.', '\\-', '\\x2f', '\\x4B'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['[a-k]', '[^a]', '[^/]', '[\\w.-]', '[^\\d_]', '[[:alpha:]_]', '[^[:upper:]]', '[]a]'],
      ...['[^]a]', '[+-9]', '[\\x30-\\x35]'],
    ),
  },
);
const strange = fc.oneof(usual, ascii, fc.constantFrom(...hostile));
const flags = fc.constantFrom('(?i)', '(?s-i)', '(?-s)');
const repeat = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('', '', '', '', '*', '+', '?', '*?') },
  { weight: 2, arbitrary: fc.constantFrom('{0}', '{2}', '{1,3}', '{0,2}', '{2,}') },
  { weight: 1, arbitrary: fc.constant('{15}') },
);

function regexOf(atom: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const { regex } = fc.letrec<{ regex: string; part: string }>((tie) => ({
    regex: fc
      .array(fc.array(tie('part'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
      .map((branches) => branches.map((parts) => parts.join('')).join('|')),
    part: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.tuple(atom, repeat).map((both) => both.join('')),
      flags,
      fc
        .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?-i:', '(?s:'), tie('regex'), repeat)
        .map(([open, inner, times]) => `${open}${inner})${times}`),
    ),
  }));
  return regex;
}

/** Expressions as one may find them in a config entry, well formed or not. */
export const arbitraryRegex = fc.oneof(
  { weight: 3, arbitrary: regexOf(usual) },
  { weight: 1, arbitrary: regexOf(strange) },
);
