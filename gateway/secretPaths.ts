import { type Contracts, isOpen, segmentOf } from '@weft/mesh/contracts';

/** A REST path that has a secret in it. */
export interface SecretPath {
  /** As the contract writes it, such as "/v1/auth/verify-email/{token}". */
  readonly template: string;
  /** What all of its paths begin with, up to the first secret, such as "/v1/auth/verify-email/". */
  readonly prefix: string;
}

/**
 * The paths of open methods in which a field stands that its contract calls secret (`debug_redact`).
 *
 * @throws when it cannot be told by its beginning: another variable stands before the secret.
 */
export function secretPaths({ methods }: Contracts): SecretPath[] {
  return methods.filter(isOpen).flatMap(({ http, input }) => {
    const secrets = input.fields.filter(({ proto }) => proto.options?.debugRedact);
    return http.flatMap(({ path: template }) => {
      const places = secrets
        .filter(({ name }) => segmentOf(template, name) !== undefined)
        .map(({ name }) => template.indexOf(`{${name}}`));
      if (places.length === 0) return [];
      const prefix = template.slice(0, Math.min(...places));
      if (prefix.includes('{')) throw new Error(`${template}: a variable stands before a secret`);
      return [{ template, prefix }];
    });
  });
}
