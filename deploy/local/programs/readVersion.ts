import { execa } from 'execa';

/**
 * Asks a program for its version, such as "1.22.2".
 *
 * @param flag Default: "--version". Go wants "version".
 * @throws when it cannot be run or prints no version.
 */
export async function readVersion(binary: string, flag = '--version'): Promise<string> {
  const { stdout } = await execa(binary, [flag], { timeout: 20_000, stdin: 'ignore' });
  // Envoy puts a commit in front ("…/1.40.0/Clean"), PostgreSQL has two parts, Go says "go1.26".
  const version = /(?<![\w.])(?:v|go)?(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${binary} ${flag} printed no version: ${stdout}`);
  return version;
}
