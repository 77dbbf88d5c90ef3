import { type CallContext, errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type {
  AuthServiceDefinition,
  LoginResponse,
  RefreshResponse,
} from '@weft/proto/identity/v1/auth';
import { SESSION_MS } from '../sessions/startSession.ts';
import { RefreshCookie } from './RefreshCookie.ts';

type Handlers = HandlersOf<AuthServiceDefinition>;

/** A custom header: no page of another site can have a browser send it unless this site allows it to (CORS). */
const CSRF_HEADER = 'x-requested-with';

/**
 * Lets browsers keep the refresh token in a cookie instead of in a page's hands: they get it where they ask for it
 * (`use_cookie`), and Refresh and Logout take it from there where the request has none.
 *
 * A cookie comes along with whatever a browser sends here. Against requests that other sites' pages make it send stand
 * SameSite=Strict, the edge's look at Origin, and the header X-Requested-With, whatever it says.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function withRefreshCookie(handlers: Handlers, cookie: RefreshCookie): Handlers {
  return {
    ...handlers,

    async login(request, context) {
      const answer = await handlers.login(request, context);
      return request.useCookie ? giveByCookie(answer as LoginResponse, context, cookie) : answer;
    },

    async refresh(request, context) {
      const kept = request.refreshToken === '' ? takeCookie(context) : '';
      if (kept === '') return handlers.refresh(request, context);
      const answer = await handlers.refresh({ ...request, refreshToken: kept }, context);
      return giveByCookie(answer as RefreshResponse, context, cookie);
    },

    async logout(request, context) {
      const kept = request.refreshToken === '' ? takeCookie(context) : '';
      if (kept === '') return handlers.logout(request, context);
      setCookies(context, cookie.clear());
      return handlers.logout({ ...request, refreshToken: kept }, context);
    },
  };
}

/** An answer whose refresh token comes in a cookie. */
export function giveByCookie<T extends { readonly refreshToken: string }>(
  answer: T,
  context: CallContext,
  cookie: RefreshCookie,
): T {
  setCookies(context, cookie.set(answer.refreshToken, SESSION_MS / 1_000));
  return { ...answer, refreshToken: '' };
}

/**
 * The refresh token that comes by a cookie; empty: none does.
 *
 * @throws RpcError PERMISSION_DENIED, reason CSRF_HEADER_MISSING.
 */
function takeCookie({ metadata }: CallContext): string {
  const kept = RefreshCookie.read(metadata.get('cookie').join('; '));
  if (kept === '' || metadata.get(CSRF_HEADER).length > 0) return kept;
  throw new RpcError(
    Status.PERMISSION_DENIED,
    'a cookie counts only with the header X-Requested-With',
    { details: [errorInfo('CSRF_HEADER_MISSING')] },
  );
}

function setCookies({ header }: CallContext, cookies: readonly string[]): void {
  for (const each of cookies) header.add('set-cookie', each);
}
