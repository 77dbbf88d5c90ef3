import type { HandlersOf } from '@weft/mesh/runtime';
import type { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import type { Identity } from '../Identity.ts';
import { changeEmail } from './changeEmail.ts';
import { changePassword } from './changePassword.ts';
import { totpMethods } from './totpMethods.ts';

/** The methods of identity.v1.CredentialService. */
export function credentialService(identity: Identity): HandlersOf<CredentialServiceDefinition> {
  return {
    changePassword: changePassword(identity),
    changeEmail: changeEmail(identity),
    ...totpMethods(identity),
  };
}
