/** What to do about a token that Consul's ACLs ask for, depending on the environment. */
export function tokenHint(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CONSUL_HTTP_TOKEN_FILE) {
    return `Consul's ACLs do not allow it to the token in CONSUL_HTTP_TOKEN_FILE (${env.CONSUL_HTTP_TOKEN_FILE}).`;
  }
  if (env.CONSUL_HTTP_TOKEN)
    return "Consul's ACLs do not allow it to the token in CONSUL_HTTP_TOKEN.";
  return (
    "Consul's ACLs are on, and no token is set: CONSUL_HTTP_TOKEN_FILE names the file with the operator's, " +
    'which make up writes to identity/cli/token in its state folder.'
  );
}
