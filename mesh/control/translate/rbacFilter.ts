import type { MeshIdentity } from '../watch/MeshIdentity.ts';
import { pack } from '../xds/encode.ts';
import type { Authorization, Decision } from './authorize.ts';
import { allOf, canMatch, permissionRule } from './permissionRule.ts';
import { spiffeId, spiffePrefix } from './spiffe.ts';

/**
 * The filter that lets in whom the intentions allow: one complete ALLOW list. Without policies it denies
 * everybody. Never marked optional: a client that cannot enforce it must refuse the listener.
 *
 * The shadow rules enforce nothing: their policies are named after the intentions that deny, so that a
 * server can say which one has turned a call away. The first that matches has.
 */
export function rbacFilter({ decisions }: Authorization, identity: MeshIdentity): object {
  const named = decisions.filter(({ source }) => source !== '*');
  const principalOf = ({ source }: Decision, others = named) =>
    source === '*' ? anyExcept(others, identity) : exactly(source, identity);
  const policies: Record<string, object> = {};
  const denials: Record<string, object> = {};

  const allowed = decisions.filter(({ verdict }) => verdict === 'allow');
  const everybody = allowed.find(({ source }) => source === '*');
  const principals = everybody
    ? [
        principalOf(
          everybody,
          named.filter(({ verdict }) => verdict !== 'allow'),
        ),
      ]
    : allowed.map((decision) => principalOf(decision));
  if (principals.length > 0) policies.allow = { permissions: [{ any: true }], principals };

  for (const decision of decisions) {
    const { verdict, isRefused } = decision;
    if (verdict === 'allow') continue;
    const rule = `${decision.entry}: source "${decision.source}"`;
    const principals = [principalOf(decision)];
    const deny = (name: string, permission: object) => {
      denials[`${rule}: ${name}`] = { permissions: [permission], principals };
    };
    if (verdict === 'deny') {
      deny(isRefused ? 'denied, for it cannot be enforced' : 'deny', { any: true });
      continue;
    }
    /** Denials so far: what one of them matches, no later permission allows. */
    const before: object[] = [];
    for (const [at, permission] of verdict.entries()) {
      if (!canMatch(permission)) continue;
      const matches = permissionRule(permission);
      const name = `permission ${at + 1}`;
      if (permission.action === 'deny') {
        before.push(matches);
        deny(`${name}: deny`, matches);
      } else {
        const rules = before.length > 0 ? [matches, noneOf(before)] : [matches];
        policies[`${rule}: ${name}`] = { permissions: [allOf(rules)], principals };
      }
    }
    deny('no permission allows it', { any: true });
  }
  return {
    name: 'envoy.filters.http.rbac',
    typed_config: pack('envoy.extensions.filters.http.rbac.v3.RBAC', {
      rules: { action: 'ALLOW', policies },
      ...(Object.keys(denials).length > 0 && {
        shadow_rules: { action: 'DENY', policies: denials },
      }),
    }),
  };
}

function noneOf(rules: readonly object[]): object {
  return { not_rule: rules.length === 1 ? rules[0] : { or_rules: { rules: [...rules] } } };
}

function exactly(service: string, identity: MeshIdentity): object {
  return authenticated({ exact: spiffeId(identity, service) });
}

/**
 * Ids that Consul also signs for the owner of "risk", and that an exact match of `.../svc/risk` is not about: with needless
 * escapes (`.../svc/ris%6B`), with a query or a fragment (`.../svc/risk?x`), and of the sidecar's name, which its token may
 * have too and which no caller has: sidecars call by the name of their service.
 */
const ALIASES = [
  { contains: '%' },
  { contains: '?' },
  { contains: '#' },
  { suffix: '-sidecar-proxy' },
].map(authenticated);

/** Everybody by the one name that he is denied by. */
function anyExcept(decisions: readonly Decision[], identity: MeshIdentity): object {
  const anyService = authenticated({ prefix: spiffePrefix(identity) });
  const ids = [...ALIASES, ...decisions.map(({ source }) => exactly(source, identity))];
  return { and_ids: { ids: [anyService, { not_id: { or_ids: { ids } } }] } };
}

function authenticated(
  matcher: { exact: string } | { prefix: string } | { suffix: string } | { contains: string },
): object {
  return { authenticated: { principal_name: matcher } };
}
