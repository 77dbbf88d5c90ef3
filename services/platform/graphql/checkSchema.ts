/**
 * Holds schema.graphql against the contracts, and these against the last release: `make lint`. With --write it writes the file:
 * `make schema`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { makeSchema } from './schema/makeSchema.ts';
import { breakingChanges, printed } from './schema/schemaChanges.ts';

const FILE = fileURLToPath(new URL('schema.graphql', import.meta.url));
const RELEASED = fileURLToPath(new URL('../../../proto/released.binpb', import.meta.url));

const schema = makeSchema(Contracts.load());
const text = printed(schema);
const problems = breakingChanges(makeSchema(Contracts.load(RELEASED)), schema);
if (process.argv.includes('--write')) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  problems.push(
    'services/platform/graphql/schema.graphql is not that of the contracts: run `make schema`',
  );
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
