import type { User } from '@weft/proto/identity/v1/user';
import { etagOf } from '../../../kit/resource/etag.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import type { FoundAccount } from './findAccount.ts';

/** An account as others see it. */
export function describeUser({
  account,
  secondFactor,
}: Pick<FoundAccount, 'account' | 'secondFactor'>): User {
  return {
    userId: account.id,
    email: account.email ?? '',
    verified: account.email !== null,
    displayName: account.display_name,
    roles: account.roles,
    createTime: timestampFromDate(account.created_at),
    secondFactor,
    disabled: account.disabled_at !== null,
    etag: etagOf(account.id, account.version),
  };
}
