import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import type { Access, AccessRule } from '../../contracts/index.ts';
import type { Principal } from '../../principal/index.ts';
import { testPrincipal } from '../../testing/TestIdentity.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { authorize } from './authorize.ts';

const rule = (access: Access, more: Partial<AccessRule> = {}): AccessRule => ({
  access,
  roles: [],
  scopes: [],
  allowsServices: false,
  ...more,
});
const peerOf = (service: string) => ({ spiffeId: `spiffe://x/svc/${service}`, service });

/** "in", or the status and reason of the refusal. */
function outcome(access: AccessRule, principal?: Principal, peer?: string): string {
  try {
    authorize(access, principal, () => (peer ? peerOf(peer) : undefined));
    return 'in';
  } catch (error) {
    assert.ok(error instanceof RpcError);
    const [detail] = error.details;
    assert.ok(detail?.type === 'google.rpc.ErrorInfo' && 'reason' in detail.value);
    return `${Status[error.code]} ${detail.value.reason}`;
  }
}

const user = testPrincipal();
const admin = testPrincipal({ roles: ['user', 'admin'] });
const key = testPrincipal({ kind: 'api_key' });
const reader = testPrincipal({ kind: 'api_key', scopes: ['order.read'] });
/** A key has its owner's roles and is no user all the same. */
const adminsKey = testPrincipal({ kind: 'api_key', roles: ['admin'] });
const program = testPrincipal({ kind: 'service', roles: ['admin'], scopes: ['order.read'] });

const REQUIRED = 'UNAUTHENTICATED PRINCIPAL_REQUIRED';
const KIND = 'PERMISSION_DENIED PRINCIPAL_KIND';
const ROLE = 'PERMISSION_DENIED ROLE_REQUIRED';
const SCOPE = 'PERMISSION_DENIED SCOPE_REQUIRED';

test('who may call is whom the contract names, and nobody else', () => {
  const admins = { roles: ['admin', 'support'] };
  const scoped = { scopes: ['order.read', 'order.write'] };
  const everybody = [undefined, user, admin, key, reader, adminsKey, program] as const;
  for (const [access, ...expected] of [
    [rule('internal', admins), 'in', 'in', 'in', 'in', 'in', 'in', 'in'],
    [rule('public', admins), 'in', 'in', 'in', 'in', 'in', 'in', 'in'],
    [rule('user'), REQUIRED, 'in', 'in', KIND, KIND, KIND, KIND],
    [rule('role', admins), REQUIRED, ROLE, 'in', KIND, KIND, KIND, KIND],
    [rule('role'), REQUIRED, ROLE, ROLE, KIND, KIND, KIND, KIND],
    [rule('api_key'), REQUIRED, KIND, KIND, 'in', 'in', 'in', KIND],
    [rule('api_key', scoped), REQUIRED, KIND, KIND, SCOPE, 'in', SCOPE, KIND],
    [rule('user_or_api_key', scoped), REQUIRED, 'in', 'in', SCOPE, 'in', SCOPE, KIND],
    [
      rule('user_or_api_key', { ...scoped, ...admins }),
      ...[REQUIRED, ROLE, 'in', SCOPE, 'in', SCOPE, KIND],
    ],
    // No contract says so; if one did, no key would be let in.
    [rule('user_or_api_key'), REQUIRED, 'in', 'in', SCOPE, SCOPE, SCOPE, KIND],
    [
      rule('role', { ...admins, allowsServices: true }),
      ...[REQUIRED, ROLE, 'in', KIND, KIND, KIND, 'in'],
    ],
  ] as const) {
    const outcomes = everybody.map((principal) => outcome(access, principal));
    assert.deepEqual(outcomes, expected, JSON.stringify(access));
  }
});

test('a service calls for itself only where the contract says so, and neither the edge nor GraphQL is one', () => {
  const alone = rule('user', { allowsServices: true });
  assert.equal(outcome(alone, undefined, 'order'), 'in');
  assert.equal(outcome(alone, undefined, 'gateway'), REQUIRED);
  assert.equal(outcome(alone, undefined, 'graphql'), REQUIRED);
  assert.equal(outcome(alone), REQUIRED, 'without a certificate');
  assert.equal(outcome(rule('user'), undefined, 'order'), REQUIRED);
  // A service does not lend a user what he lacks.
  const admins = rule('role', { roles: ['admin'], allowsServices: true });
  assert.equal(outcome(admins, user, 'order'), ROLE);
});
