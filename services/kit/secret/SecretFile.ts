import path from 'node:path';

/** Where the secret of a service is. */
export interface SecretFile {
  readonly file: string;
  /** Whether it is made where it is missing: one that somebody has named has to be there. */
  readonly make: boolean;
}

/** The variable of a service's environment that names the file, such as IDENTITY_SECRET_FILE. */
export function secretVariable(service: string): string {
  return `${service.toUpperCase()}_SECRET_FILE`;
}

/** @param named By that variable. Default: data/SERVICE/secret in the mesh's state folder. */
export function secretFile(service: string, named: string | undefined, home: string): SecretFile {
  const file = path.resolve(named ?? path.join(home, 'data', service, 'secret'));
  return { file, make: named === undefined };
}
