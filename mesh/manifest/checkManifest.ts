import { ENGINES, type Manifest, ManifestError } from './Manifest.ts';
import { isServiceName, NAME_RULE } from './serviceName.ts';

/** Says what is wrong with a value, by its key; nothing when it is right. */
type Check = (value: unknown, key: string) => string[];

/**
 * Takes what a manifest's YAML holds for a manifest.
 *
 * By hand and not by zod: every process of a service does this before it starts, and many need zod for nothing else.
 *
 * @param file Named in errors.
 * @throws ManifestError with all that is wrong: unknown keys, missing ones, values of another form.
 */
export function checkManifest(value: unknown, file: string): Manifest {
  const problems = manifest(value, '');
  if (problems.length === 0) {
    const { jobs = {}, examples = [], http = [] } = value as Manifest;
    for (const [index, { access, scopes }] of http.entries()) {
      if (access !== 'user_or_api_key' || scopes) continue;
      problems.push(`http[${index}].scopes: is missing: with user_or_api_key a key must have one`);
    }
    for (const [index, { job }] of examples.entries()) {
      if (!Object.hasOwn(jobs, job)) problems.push(`examples[${index}].job: ${job} is not in jobs`);
    }
  }
  if (problems.length === 0) return value as Manifest;
  throw new ManifestError(problems.map((problem) => `${file}: ${problem}`).join('\n'));
}

const wrong = (key: string, value: unknown, allowed: string): string[] => [
  value === undefined || value === null
    ? `${key || 'the file'}: it is empty, and has to be ${allowed}`
    : `${key || 'the file'}: ${JSON.stringify(value)} is not allowed: it is ${allowed}`,
];

const where =
  (holds: (text: string) => boolean, allowed: string): Check =>
  (value, key) =>
    typeof value === 'string' && holds(value) ? [] : wrong(key, value, allowed);

const text = where((value) => value !== '' && !/[\0\r\n]/.test(value), 'a text of one line');
const name = where(isServiceName, NAME_RULE);
const subject = where(
  (value) => /^[a-z0-9-]+\.[a-z0-9_-]+$/.test(value),
  "the subject of an event's contract, such as order.created",
);
/** What the mesh itself tells its processes is nobody else's to say. */
const variable = where(
  (value) => /^[A-Z_][A-Z0-9_]*$/i.test(value) && !/^(WEFT_|CONSUL_|DATABASE_URL$)/i.test(value),
  'the name of a variable, and not one of the mesh (WEFT_, CONSUL_, DATABASE_URL)',
);
const script = where(
  (value) => /^[^/].*\.ts$/.test(value) && !value.split('/').includes('..'),
  "the path of a .ts file in the service's folder",
);
const requirements = where(
  (value) => /^[^/].*\.txt$/.test(value) && !value.split('/').includes('..'),
  "the path of a .txt file in the service's folder",
);
const method = where(
  (value) => /^[a-zA-Z]\w*(\.\w+)*\/\w+$/.test(value),
  'a method such as market.v1.TradingService/CreateFeed',
);
const path = where((value) => /^\/[^\s"'`$\\]*$/.test(value), 'a path such as /v1/assets');
const homeFile = where(
  (value) => /^[\w-]+(\/[\w.-]+)+$/.test(value) && !value.includes('..'),
  "the path of a file in the mesh's state folder, such as data/shop/token",
);
const url = where(
  (value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
  'a URL such as http://127.0.0.1:9001/ready',
);
const httpPath = where(
  (value) => /^(\/[A-Za-z0-9._~-]+)+$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value),
  'a path such as /docs, without a slash at its end',
);
const access = where(
  (value) => ['public', 'user', 'role', 'api_key', 'user_or_api_key'].includes(value),
  'public, user, role, api_key or user_or_api_key',
);
const engine = where(
  (value) => ENGINES.some((each) => each === value),
  `one of ${ENGINES.join(', ')}`,
);
const truth: Check = (value, key) =>
  typeof value === 'boolean' ? [] : wrong(key, value, 'true or false');
const port: Check = (value, key) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
    ? []
    : wrong(key, value, 'a number from 1 to 65535');

const amount: Check = (value, key) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000_000
    ? []
    : wrong(key, value, 'a whole number from 1 to 1000000');

const list =
  (item: Check, least = 0): Check =>
  (value, key) =>
    Array.isArray(value) && value.length >= least
      ? value.flatMap((each, index) => item(each, `${key}[${index}]`))
      : wrong(key, value, least > 0 ? `a list of at least ${least}` : 'a list');

const named =
  (item: Check): Check =>
  (value, key) =>
    isMap(value)
      ? Object.entries(value).flatMap(([each, its]) => [
          ...name(each, key),
          ...item(its, `${key}.${each}`),
        ])
      : wrong(key, value, 'a mapping of names');

const variables: Check = (value, key) =>
  isMap(value)
    ? Object.entries(value).flatMap(([each, its]) => [
        ...variable(each, key),
        ...text(its, `${key}.${each}`),
      ])
    : wrong(key, value, 'a mapping from names of variables to text');

const keys =
  (known: Readonly<Record<string, Check>>, required: readonly string[]): Check =>
  (value, key) => {
    if (!isMap(value)) return wrong(key, value, `a mapping with ${required.join(' and ')}`);
    const full = (each: string) => (key ? `${key}.${each}` : each);
    const all = Object.keys(known).join(', ');
    return [
      ...required
        .filter((each) => !Object.hasOwn(value, each))
        .map((each) => `${full(each)}: is missing`),
      ...Object.entries(value).flatMap(
        ([each, its]) =>
          known[each]?.(its, full(each)) ?? [
            `${full(each)}: there is no such key; there are ${all}`,
          ],
      ),
    ];
  };

const manifest = keys(
  {
    name,
    upstreams: list(name),
    calledByAll: list(method),
    consumes: list(subject),
    blobs: truth,
    rooms: truth,
    engines: list(engine),
    single: truth,
    environment: list(variable),
    development: variables,
    http: list(
      keys(
        {
          ...{ path: httpPath, access },
          ...{ roles: list(text, 1), scopes: list(text, 1), allowServices: truth },
        },
        ['path', 'access'],
      ),
    ),
    addressLimits: list(
      keys({ counter: name, paths: list(httpPath, 1), requests: amount, seconds: amount }, [
        ...['counter', 'paths', 'requests', 'seconds'],
      ]),
    ),
    run: keys({ command: list(text, 1), requirements, port, healthHttp: url, preStop: text }, [
      'command',
    ]),
    jobs: named(keys({ script, calls: list(method) }, ['script', 'calls'])),
    examples: list(
      keys({ name: text, job: name, arguments: list(text), try: path }, ['name', 'job']),
    ),
    hints: list(keys({ text, file: homeFile }, ['text', 'file'])),
  },
  ['name'],
);

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
