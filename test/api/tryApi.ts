import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../deploy/local/Progress.ts';
import { withAccess } from '../../gateway/testing/withAccess.ts';
import { Contracts, isOpen } from '../../mesh/contracts/index.ts';
import { readServices } from '../../mesh/manifest/index.ts';
import { publishKeys } from '../../mesh/testing/publishTrust.ts';
import { TestIdentity } from '../../mesh/testing/TestIdentity.ts';
import { TestMesh } from '../support/TestMesh.ts';
import { waitFor } from '../support/waitFor.ts';
import { type SchemathesisOptions, schemathesis } from './schemathesis.ts';

/** More calls than are made. */
const UNLIMITED = { requests: 1_000_000, per: { seconds: 1n } };

/**
 * Tries what the edge says of itself against what it does: all services run, with contracts that limit no caller, for
 * what is refused by a limit has been tried by nobody.
 *
 * @returns as schemathesis().
 */
export async function tryApi(
  options: Omit<SchemathesisOptions, 'edge' | 'folder'>,
  progress: Progress,
): Promise<{ readonly passed: boolean; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-api-'));
  const contracts = join(folder, 'unlimited.binpb');
  await writeFile(contracts, unlimited());
  process.env.WEFT_CONTRACTS = contracts;
  let mesh: TestMesh | undefined;
  try {
    const services = await readServices(join(import.meta.dirname, '../../services'));
    const only = options.group ? [options.group, 'documents'] : services.map(({ name }) => name);
    mesh = await TestMesh.start({ only });
    const { edge } = mesh;
    await waitFor('the edge to know its services', async () => {
      return (await fetch(`${edge}/openapi.json`)).ok && (await fetch(`${edge}/health`)).ok;
    });
    const token = services.some(({ name }) => name === 'identity' && only.includes(name))
      ? undefined
      : await adminToken(mesh);
    return await schemathesis({ ...options, edge, folder, ...(token && { token }) }, progress);
  } finally {
    await mesh?.stop();
    delete process.env.WEFT_CONTRACTS;
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of somebody who may do whatever roles allow, good as soon as the edge knows the key. */
async function adminToken(mesh: TestMesh): Promise<string> {
  const identity = await TestIdentity.create();
  await publishKeys(mesh.signer, identity);
  const roles = [...new Set(Contracts.load().methods.flatMap((method) => method.roles))];
  const token = await identity.access({ roles }, { lifeSeconds: 3_600 });
  await waitFor('the edge to take the token', async () => {
    const authorization = `Bearer ${token}`;
    return (await fetch(`${mesh.edge}/v1/feeds`, { headers: { authorization } })).ok;
  });
  return token;
}

function unlimited(): Uint8Array {
  const contracts = Contracts.load();
  const open = contracts.methods.filter(isOpen);
  return withAccess(
    contracts,
    Object.fromEntries(open.map(({ path }) => [path, { rateLimit: UNLIMITED }])),
  ).image;
}
