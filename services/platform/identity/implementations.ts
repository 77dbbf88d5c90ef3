import { implement, type Served } from '@weft/mesh/runtime';
import { ApiKeyServiceDefinition } from '@weft/proto/identity/v1/api_key';
import { AuditServiceDefinition } from '@weft/proto/identity/v1/audit';
import { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import { FederationServiceDefinition } from '@weft/proto/identity/v1/federation';
import { MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import { RoleServiceDefinition } from '@weft/proto/identity/v1/role';
import { SessionServiceDefinition } from '@weft/proto/identity/v1/session';
import { SigningKeyServiceDefinition } from '@weft/proto/identity/v1/signing_key';
import { TicketServiceDefinition } from '@weft/proto/identity/v1/ticket';
import { UserServiceDefinition } from '@weft/proto/identity/v1/user_service';
import { WalletServiceDefinition } from '@weft/proto/identity/v1/wallet';
import { apiKeyService } from './apiKeys/apiKeyService.ts';
import { auditService } from './audit/auditService.ts';
import { authService } from './auth/authService.ts';
import { withRefreshCookie } from './cookies/withRefreshCookie.ts';
import { credentialService } from './credentials/credentialService.ts';
import { tokenFace } from './exchange/tokenFace.ts';
import { federationService } from './federation/federationService.ts';
import { googleFace } from './federation/googleFace.ts';
import type { Identity } from './Identity.ts';
import { signingKeyService } from './keys/signingKeyService.ts';
import { mailService } from './mails/mailService.ts';
import { roleService } from './roles/roleService.ts';
import { sessionService } from './sessions/sessionService.ts';
import { ticketService } from './tickets/ticketService.ts';
import { userService } from './users/userService.ts';
import { walletService } from './wallets/walletService.ts';
import type { WaysIn } from './waysIn.ts';

/** All that identity serves. */
export function implementations(identity: Identity, ways: WaysIn): Served[] {
  const { wallets, google, trustedIssuers, refreshCookie, administratorToken } = ways;
  return [
    implement(AuthServiceDefinition, withRefreshCookie(authService(identity), refreshCookie)),
    implement(SessionServiceDefinition, sessionService(identity)),
    implement(TicketServiceDefinition, ticketService(identity)),
    implement(CredentialServiceDefinition, credentialService(identity)),
    implement(AuditServiceDefinition, auditService(identity)),
    implement(MailServiceDefinition, mailService(identity)),
    implement(SigningKeyServiceDefinition, signingKeyService(identity)),
    implement(WalletServiceDefinition, walletService(identity, wallets, refreshCookie)),
    implement(FederationServiceDefinition, federationService(identity, google)),
    implement(ApiKeyServiceDefinition, apiKeyService(identity)),
    implement(RoleServiceDefinition, roleService(identity, administratorToken)),
    implement(UserServiceDefinition, userService(identity)),
    ...googleFace(identity, google, refreshCookie),
    tokenFace(identity, trustedIssuers),
  ];
}
