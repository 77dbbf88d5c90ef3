import { findLocalMesh } from '@weft/mesh/local';

/** Variables that say which mesh is meant. */
const ADDRESSES = ['CONSUL_HTTP_ADDR', 'CONSUL_GRPC_ADDR', 'WEFT_XDS_SERVER', 'WEFT_CONTROL_ADMIN'];
const TOKENS = ['CONSUL_HTTP_TOKEN', 'CONSUL_HTTP_TOKEN_FILE'];
const CREDENTIALS = [...TOKENS, 'WEFT_LOGIN_KEY'];

/**
 * Has the command speak with the mesh that `make up` runs for this clone, or in WEFT_HOME, as its record tells. Who
 * names a mesh by its addresses means no other: then nothing is taken from the record, least of all its token.
 *
 * @param env Is added to.
 */
export async function adoptLocalMesh(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (ADDRESSES.some((name) => env[name])) return;
  const mesh = await findLocalMesh(env);
  if (!mesh) return;
  const hasToken = TOKENS.some((name) => env[name]);
  for (const [name, value] of Object.entries(mesh.environment)) {
    if (env[name] || (hasToken && CREDENTIALS.includes(name))) continue;
    env[name] = value;
  }
}
