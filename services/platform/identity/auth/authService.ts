import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import type { Identity } from '../Identity.ts';
import { explainSignOut } from './explainSignOut.ts';
import { forgotPassword } from './forgotPassword.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { refresh } from './refresh.ts';
import { register } from './register.ts';
import { resetPassword } from './resetPassword.ts';
import { validateToken } from './validateToken.ts';
import { verifyEmail } from './verifyEmail.ts';

/** The methods of identity.v1.AuthService. */
export function authService(identity: Identity): HandlersOf<AuthServiceDefinition> {
  return {
    register: register(identity),
    verifyEmail: verifyEmail(identity),
    login: login(identity),
    refresh: refresh(identity),
    logout: logout(identity),
    explainSignOut: explainSignOut(identity),
    forgotPassword: forgotPassword(identity),
    resetPassword: resetPassword(identity),
    validateToken: validateToken(identity),
  };
}
