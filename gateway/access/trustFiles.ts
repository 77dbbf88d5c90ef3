import { join } from 'node:path';

/** Where an edge reads it: Envoy's configuration of two filters, and a file of lines for caller.lua. */
export function trustFiles(folder: string) {
  return {
    accessTokens: join(folder, 'access-tokens.json'),
    innerTokens: join(folder, 'inner-tokens.json'),
    credentials: join(folder, 'credentials'),
  };
}

/** Where caller.lua notes which API keys are used: `<hash> <seconds since 1970>` a line. It need not be there. */
export function usedApiKeysFile(folder: string): string {
  return join(folder, 'used-api-keys');
}
