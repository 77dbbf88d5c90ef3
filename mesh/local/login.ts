/**
 * The auth method of Consul by which `weft exec` gets a token for the service that it runs: `make up` writes it, with the
 * public part of a key that lies with the operator's token.
 */
export const LOGIN_METHOD = 'weft-exec';
/** `iss` and `aud` of what is signed with that key (RFC 7519); its claim `service` names the service. */
export const LOGIN_ISSUER = 'weft';
export const LOGIN_AUDIENCE = 'consul';
