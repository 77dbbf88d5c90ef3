import type { ConsulClient } from '@weft/mesh/consul';
import { LOGIN_AUDIENCE, LOGIN_ISSUER, LOGIN_METHOD } from '@weft/mesh/local';
import { loginPublicKey } from './loginKey.ts';
import { readOrNone } from './readOrNone.ts';
import { PRINCIPAL_READ } from './tokenHolders.ts';
import { writePolicy } from './writePolicy.ts';

/** How long a token is good that a login has given; `weft exec` asks for the next one in time. */
const TOKEN_TTL = '1h';

/** What a login gives beside the service itself. */
const LOGIN_POLICY = 'weft-login';

interface BindingRule {
  readonly BindType: string;
  readonly BindName: string;
}

const RULES: readonly BindingRule[] = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Consul fills it in.
  { BindType: 'service', BindName: '${value.service}' },
  { BindType: 'policy', BindName: LOGIN_POLICY },
];

interface AuthMethod {
  readonly Config: { readonly JWTValidationPubKeys?: readonly string[] };
}

/**
 * Lets whoever holds the operator's key log in as any service, by a signed token (RFC 7519) that names it: what he gets
 * from Consul is good for that service alone, and expires. He could not do more without it, since the operator may write
 * all services; and he does not need the right to make tokens, which is the right to everything.
 *
 * @param consul With the management token.
 * @see https://developer.hashicorp.com/consul/docs/secure/acl/auth-method/jwt
 */
export async function allowLogins(consul: ConsulClient, home: string): Promise<void> {
  const key = await loginPublicKey(home);
  const path = `/acl/auth-method/${LOGIN_METHOD}`;
  const known = await readOrNone<AuthMethod>(consul, path);
  if (known?.Config.JWTValidationPubKeys?.[0] !== key) {
    await consul.write(known ? path : '/acl/auth-method', {
      Name: LOGIN_METHOD,
      Type: 'jwt',
      Description: 'weft exec of the operator',
      MaxTokenTTL: TOKEN_TTL,
      Config: {
        JWTValidationPubKeys: [key],
        JWTSupportedAlgs: ['ES256'],
        BoundIssuer: LOGIN_ISSUER,
        BoundAudiences: [LOGIN_AUDIENCE],
        ClaimMappings: { service: 'service' },
      },
    });
  }
  await writePolicy(consul, LOGIN_POLICY, PRINCIPAL_READ);
  const given = await consul.read<BindingRule[]>(`/acl/binding-rules?authmethod=${LOGIN_METHOD}`);
  for (const rule of RULES) {
    if (given.value.some(({ BindType }) => BindType === rule.BindType)) continue;
    await consul.write('/acl/binding-rule', { AuthMethod: LOGIN_METHOD, ...rule });
  }
}
