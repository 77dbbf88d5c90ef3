import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A line of the file: the key's SHA-256 in hexadecimal, and its name. */
const LINE = /^([0-9a-f]{64})\s+(\S+)\s*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Makes an API key of 256 random bits and writes its hash into the file, mode 0600, which is made if missing. Edges
 * that run read the file anew every five seconds, and check keys by it in caller.lua.
 *
 * @returns the key. It is kept nowhere.
 * @throws when the name is no name, or there is a key of that name.
 */
export function addApiKey(file: string, name: string): string {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name: letters, digits, ".", "_" and "-".`);
  const lines = readLines(file);
  if (lines.some((line) => LINE.exec(line)?.[2] === name)) {
    throw new Error(`${file} has a key of the name ${name}: remove it first.`);
  }
  const key = `weft_${randomBytes(32).toString('base64url')}`;
  writeLines(file, [...lines, `${hashApiKey(key)} ${name}`]);
  return key;
}

/**
 * Takes the key of this name out of the file.
 *
 * @throws when there is none.
 */
export function removeApiKey(file: string, name: string): void {
  const lines = readLines(file);
  const others = lines.filter((line) => LINE.exec(line)?.[2] !== name);
  if (others.length === lines.length) throw new Error(`${file} has no key of the name ${name}.`);
  writeLines(file, others);
}

/** As it stands in the file. Salt and slowness protect passwords; 256 random bits need neither. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function readLines(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

/** An edge that reads meanwhile reads the old file or the new one, nothing between. */
function writeLines(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const text = lines.map((line) => `${line}\n`).join('');
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
