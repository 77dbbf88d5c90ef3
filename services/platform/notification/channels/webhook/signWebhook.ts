import { createHmac } from 'node:crypto';

/** Bytes of a secret: 24 to 64. */
export const SECRET_BYTES = 32;

/** A secret as its owner is given it. */
export function formatSecret(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`;
}

/**
 * The headers by which a receiver knows who has sent a message, that it is as it was sent, and that it is no old one that
 * somebody sends again.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param id Of the message, the same at each try.
 * @param now Of this try.
 */
export function signWebhook(
  secret: Uint8Array,
  id: string,
  now: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = createHmac('sha256', secret)
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
