import { execa } from 'execa';

const LEVELS = ['info', 'low', 'moderate', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

/** Of `npm audit --json`, what is read. */
interface Audit {
  readonly vulnerabilities?: Readonly<
    Record<
      string,
      { severity: Level; range: string; via: readonly (string | { title: string; url: string })[] }
    >
  >;
  readonly message?: string;
}

/** A package with a vulnerability that is known. */
export interface Vulnerability {
  readonly name: string;
  readonly level: Level;
  /** What is known of it, with where to read more. */
  readonly about: string;
}

/**
 * What npm's registry knows against packages of a lock file.
 *
 * @param folder Of the lock file.
 * @throws when the registry does not answer: nothing is known then, and that is no good news.
 */
export async function vulnerabilitiesOf(folder: string): Promise<Vulnerability[]> {
  const command = ['audit', '--json', '--package-lock-only'];
  const { stdout } = await execa('npm', command, { cwd: folder, reject: false });
  return readAudit(stdout);
}

/** @param text Of `npm audit --json`. @throws when it is no answer of a registry. */
export function readAudit(text: string): Vulnerability[] {
  let audit: Audit;
  try {
    audit = JSON.parse(text) as Audit;
  } catch (cause) {
    throw new Error('npm audit has answered no JSON', { cause });
  }
  if (!audit.vulnerabilities) {
    throw new Error(
      `the registry tells nothing of vulnerabilities: ${audit.message ?? 'no answer'}. ` +
        'Name one that does in npm_config_registry',
    );
  }
  return Object.entries(audit.vulnerabilities).map(([name, { severity, range, via }]) => ({
    ...{ name, level: severity },
    about: via
      .map((one) => (typeof one === 'string' ? `by ${one}` : `${one.title} (${one.url})`))
      .concat(range)
      .join('; '),
  }));
}

/** Whether a vulnerability is at a level or above. */
export function isAtLeast({ level }: Vulnerability, least: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

export const levels: readonly Level[] = LEVELS;
