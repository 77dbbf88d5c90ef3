/** Hashes of argon2id as identity makes them, and nothing else, as many at a time. */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { ARGON2ID } from '../../services/platform/identity/passwords/PasswordHasher.ts';
import { serveParent } from '../harness/serveParent.ts';

const known = await hash('a quiet harbour', ARGON2ID);

serveParent(undefined, async (seconds: number) => {
  const end = performance.now() + seconds * 1_000;
  let hashes = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await verify(known, 'a quiet harbour');
      hashes += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 3) }, lane));
  return hashes;
});
