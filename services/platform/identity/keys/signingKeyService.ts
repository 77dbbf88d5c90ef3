import type { HandlersOf } from '@weft/mesh/runtime';
import type { SigningKey, SigningKeyServiceDefinition } from '@weft/proto/identity/v1/signing_key';
import type { Selectable } from 'kysely';
import { timestampFromDate } from '../../../kit/time.ts';
import type { SigningKey as SigningKeyRow } from '../database.ts';
import type { Identity } from '../Identity.ts';

/** The methods of identity.v1.SigningKeyService. */
export function signingKeyService({
  keys,
  publication,
}: Identity): HandlersOf<SigningKeyServiceDefinition> {
  return {
    async listSigningKeys() {
      return { signingKeys: (await keys.list()).map(describeKey) };
    },
    async rotateSigningKey() {
      const made = await keys.rotate();
      publication.wake();
      return { signingKey: describeKey(made) };
    },
  };
}

function describeKey({ id, created_at, signs_from }: Selectable<SigningKeyRow>): SigningKey {
  return {
    keyId: id,
    createTime: timestampFromDate(created_at),
    signTime: timestampFromDate(signs_from),
  };
}
