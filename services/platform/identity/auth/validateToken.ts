import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import type { Identity } from '../Identity.ts';
import { verifyAccessToken } from '../keys/verifyAccessToken.ts';

/** Says whether an access token is good now. */
export function validateToken({
  database,
  keys,
  clock,
}: Identity): HandlersOf<AuthServiceDefinition>['validateToken'] {
  return async ({ token }) => {
    const access = await verifyAccessToken(keys, clock, token).catch(() => undefined);
    const session =
      access &&
      (await database
        .selectFrom('session')
        .select('id')
        .where('id', '=', access.claims.sid)
        .where('ended_at', 'is', null)
        .executeTakeFirst());
    if (!session) return { valid: false, userId: '', roles: [], sessionId: '', expiresIn: 0 };
    const { sub: userId, sid: sessionId, exp } = access.claims;
    const expiresIn = exp - Math.floor(clock.now().getTime() / 1_000);
    return { valid: true, userId, roles: [...access.inner.roles], sessionId, expiresIn };
  };
}
