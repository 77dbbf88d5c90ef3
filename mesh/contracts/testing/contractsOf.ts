import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contracts } from '../Contracts.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const IMPORTS = [
  'buf/validate/validate.proto',
  'google/api/resource.proto',
  'google/protobuf/duration.proto',
  'google/protobuf/field_mask.proto',
  'google/protobuf/struct.proto',
  'google/protobuf/timestamp.proto',
  'google/protobuf/wrappers.proto',
  'weft/events/v1/event.proto',
  'weft/graphql/v1/graphql.proto',
  'weft/policy/v1/owner.proto',
  'weft/policy/v1/policy.proto',
  'weft/rooms/v1/event.proto',
  'weft/rooms/v1/snapshot.proto',
  'weft/rooms/v1/state.proto',
];

/** The contracts of one file of package one.v1 with these messages. */
export function contractsOf(messages: string): Contracts {
  const folder = mkdtempSync(join(tmpdir(), 'weft-contracts-'));
  try {
    const imports = IMPORTS.map((file) => `import "${file}";`).join(' ');
    writeFileSync(
      join(folder, 'one.proto'),
      `syntax = "proto3"; package one.v1; ${imports} ${messages}`,
    );
    const image = join(folder, 'image.binpb');
    writeFileSync(
      join(folder, 'buf.yaml'),
      JSON.stringify({ version: 'v2', modules: [{ path: '.' }] }),
    );
    for (const others of ['proto/weft', 'third_party/buf', 'third_party/google']) {
      execFileSync('cp', ['-r', join(root, others), folder]);
    }
    execFileSync(join(root, 'node_modules/.bin/buf'), ['build', folder, '-o', image]);
    return Contracts.load(image);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
