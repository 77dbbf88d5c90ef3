import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import {
  errorReason,
  type HttpContext,
  type HttpImplementation,
  implementHttp,
  RpcError,
  Status,
} from '@weft/mesh/runtime';
import { LoginResponse } from '@weft/proto/identity/v1/auth';
import { canonicalJson } from '../../../kit/canonicalJson.ts';
import { transact } from '../../../kit/database/transact.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { httpClientOf } from '../client/Client.ts';
import type { RefreshCookie } from '../cookies/RefreshCookie.ts';
import type { Identity } from '../Identity.ts';
import { SESSION_MS } from '../sessions/startSession.ts';
import { notConfigured } from './federationService.ts';
import { GOOGLE_PATHS, type GoogleLogin } from './GoogleLogin.ts';
import { linkFederated, signInFederated } from './signInFederated.ts';

const METHOD = 'google';
/** A path of this site: what browsers read as another host begins with "//" or "/\". */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]{0,500}$/;

/**
 * Signing in by redirects: GET of a path sends the browser to Google, and Google sends it back to `/callback` below.
 *
 * With `?return_to=/page` the browser ends at that page of this site, its refresh token in a cookie, or the reason of a
 * failure in `?error`. Without, the callback answers as Login does.
 *
 * @param google Undefined: it is not configured.
 */
export function googleFace(
  identity: Identity,
  google: GoogleLogin | undefined,
  refreshCookie: RefreshCookie,
): HttpImplementation[] {
  return GOOGLE_PATHS.map((path) =>
    implementHttp(path, {
      async request(request, response, context) {
        if (request.method !== 'GET') {
          throw new RpcError(Status.UNIMPLEMENTED, `${request.method} is not allowed on ${path}`);
        }
        if (!google) throw notConfigured();
        const url = new URL(request.url, 'http://edge');
        if (url.pathname === path) await begin(google, path, url, request, response);
        else if (url.pathname === `${path}/callback`) {
          await comeBack({ identity, google, refreshCookie }, url, request, response, context);
        } else throw new RpcError(Status.NOT_FOUND, `no such path: ${url.pathname}`);
      },
    }),
  );
}

async function begin(
  google: GoogleLogin,
  path: string,
  { searchParams }: URL,
  { headers }: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  const returnTo = searchParams.get('return_to') ?? '';
  if (returnTo !== '' && !LOCAL_PATH.test(returnTo)) {
    throw invalidArgument('return_to', 'must be a path of this site, such as /app');
  }
  const { url, cookie } = await google.begin(headers.cookie, { returnTo, accountId: null, path });
  redirect(response, url.href, [cookie]);
}

interface Parts {
  readonly identity: Identity;
  readonly google: GoogleLogin;
  readonly refreshCookie: RefreshCookie;
}

async function comeBack(
  { identity, google, refreshCookie }: Parts,
  { searchParams }: URL,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  context: HttpContext,
): Promise<void> {
  const login = await google.comeBack(request.headers.cookie, searchParams);
  const { returnTo, accountId } = login;
  try {
    const provided = await google.identify(searchParams, login);
    const client = httpClientOf(request, context);
    const arrival = { provided, client, method: METHOD, mayLackEmail: false };
    if (accountId !== null) {
      await transact(identity.database, (transaction) =>
        linkFederated(identity, transaction, accountId, arrival),
      );
      if (returnTo === '') answer(response, { linked: true });
      else redirect(response, returnTo);
      return;
    }
    const signedIn = await signInFederated(identity, arrival);
    if (returnTo === '')
      answer(response, canonicalJson(identity.contracts, LoginResponse, signedIn));
    else redirect(response, returnTo, refreshCookie.set(signedIn.refreshToken, SESSION_MS / 1_000));
  } catch (error) {
    const reason = errorReason(error);
    if (returnTo === '' || reason === undefined) throw error;
    // The query is the page's own: `error` is added to what it may have.
    redirect(response, `${returnTo}${returnTo.includes('?') ? '&' : '?'}error=${reason}`);
  }
}

function redirect(
  response: Http2ServerResponse,
  location: string,
  cookies: readonly string[] = [],
): void {
  response.writeHead(303, {
    location,
    'cache-control': 'no-store',
    // What stands in the URL of the callback is nobody else's.
    'referrer-policy': 'no-referrer',
    ...(cookies.length === 0 ? {} : { 'set-cookie': [...cookies] }),
  });
  response.end();
}

function answer(response: Http2ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
