import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { tokenRules } from '@weft/mesh/principal';
import {
  type HttpContext,
  type HttpImplementation,
  implementHttp,
  RpcError,
  Status,
} from '@weft/mesh/runtime';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import { httpClientOf } from '../client/Client.ts';
import { signInFederated } from '../federation/signInFederated.ts';
import type { Identity } from '../Identity.ts';
import { readForm } from './readForm.ts';
import type { TrustedIssuers, TrustedSubject } from './TrustedIssuers.ts';

/** RFC 8693, section 2.1 and 3. */
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** What a token of an identity provider may be said to be: a JWT in each case. */
const SUBJECT_TYPES: readonly (string | null)[] = [
  ACCESS_TOKEN,
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:jwt',
];

/** RFC 6749, section 5.2. */
interface Refusal {
  readonly error: 'invalid_request' | 'unsupported_grant_type' | 'invalid_target' | 'invalid_grant';
  readonly error_description: string;
}

/**
 * Exchanges a token of an identity provider of one's own for an access token of ours (OAuth 2.0 Token Exchange). There is
 * no refresh token: who needs another one exchanges again.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc8693
 */
export function tokenFace(identity: Identity, issuers: TrustedIssuers): HttpImplementation {
  return implementHttp('/v1/auth/token', {
    async request(request, response, context) {
      if (request.method !== 'POST' || request.url.split('?')[0] !== context.route) {
        throw new RpcError(Status.NOT_FOUND, 'tokens are exchanged by POST of /v1/auth/token');
      }
      const form = await readForm(request);
      const refusal = refusalOf(form);
      if (refusal) return answer(response, 400, refusal);
      const subject = await issuers.verify(form.get('subject_token') ?? '');
      if (!subject) return answer(response, 400, refused('the subject_token is not good here'));
      try {
        const signedIn = await exchange(identity, subject, request, context);
        answer(response, 200, {
          access_token: signedIn.accessToken,
          issued_token_type: ACCESS_TOKEN,
          token_type: 'Bearer',
          expires_in: signedIn.expiresIn,
        });
      } catch (error) {
        // Such as a disabled account. What is our own fault is no answer of OAuth.
        if (!(error instanceof RpcError) || error.code === Status.INTERNAL) throw error;
        answer(response, 400, refused(error.message));
      }
    },
  });
}

function exchange(
  identity: Identity,
  { issuer, claims, roles }: TrustedSubject,
  request: Http2ServerRequest,
  context: HttpContext,
): Promise<LoginResponse> {
  const { sub: subject, email, email_verified, name } = claims;
  const provided = {
    ...{ issuer, subject },
    email: typeof email === 'string' ? email : '',
    emailVerified: email_verified === true,
    name: typeof name === 'string' ? name : '',
  };
  return signInFederated(identity, {
    ...{ provided, method: 'token_exchange', client: httpClientOf(request, context) },
    ...{ roles, mayLackEmail: true },
    // There is no refresh token to go on with.
    lifeMs: tokenRules.lifeSeconds * 1_000,
  });
}

function refusalOf(form: URLSearchParams): Refusal | undefined {
  const invalid = (what: string): Refusal => ({
    error: 'invalid_request',
    error_description: what,
  });
  for (const name of new Set(form.keys())) {
    if (form.getAll(name).length > 1) return invalid(`${name} is there more than once`);
  }
  if (form.get('grant_type') !== GRANT) {
    return { error: 'unsupported_grant_type', error_description: `grant_type must be ${GRANT}` };
  }
  if (!form.get('subject_token')) return invalid('subject_token is missing');
  if (!SUBJECT_TYPES.includes(form.get('subject_token_type'))) {
    return invalid(`subject_token_type must be one of ${SUBJECT_TYPES.join(', ')}`);
  }
  if ((form.get('requested_token_type') ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
    return invalid(`requested_token_type must be ${ACCESS_TOKEN}`);
  }
  if (form.has('actor_token')) return invalid('nobody can act for another here: no actor_token');
  if (form.has('resource') || (form.get('audience') ?? 'weft-edge') !== 'weft-edge') {
    return { error: 'invalid_target', error_description: 'tokens are for weft-edge alone' };
  }
  return undefined;
}

function refused(description: string): Refusal {
  return { error: 'invalid_grant', error_description: description };
}

function answer(response: Http2ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}
