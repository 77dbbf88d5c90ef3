import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WebServer } from './WebServer.ts';

/** Has text messages go to a server of a test's own, and lets endpoints be there. @param folder For the provider's token. */
export async function webSettings(
  server: WebServer,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'sms-token', { mode: 0o600 });
  return {
    NOTIFICATION_PRIVATE_NETWORKS: '127.0.0.1/32',
    NOTIFICATION_SMS_URL: server.url,
    NOTIFICATION_SMS_ACCOUNT: 'AC1',
    NOTIFICATION_SMS_TOKEN_FILE: tokenFile,
    NOTIFICATION_SMS_FROM: '+15005550006',
  };
}
