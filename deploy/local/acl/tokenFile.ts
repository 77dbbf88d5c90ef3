import { join } from 'node:path';

/** The file with the Consul ACL token of one holder, such as "analytics-1": in the folder of its identity. */
export function tokenFile(home: string, holder: string): string {
  return join(home, 'identity', holder, 'token');
}
