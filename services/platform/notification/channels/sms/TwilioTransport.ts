import type { EgressPolicy } from '../../../../kit/egress/EgressPolicy.ts';
import { postMessage } from '../postMessage.ts';
import type { OutgoingMessage, Transport } from '../Transport.ts';

export interface TwilioOptions {
  /** Such as https://api.twilio.com. */
  readonly url: string;
  /** Account SID. */
  readonly account: string;
  /** Auth token. */
  readonly token: string;
  /** The number that messages come from, E.164. */
  readonly from: string;
}

/** Of a message's body: Twilio's error 21617 for more. */
const MOST_CHARACTERS = 1_600;

/**
 * Sends text messages by Twilio's interface, or one like it. It knows no message again: one whose answer was lost is sent
 * twice.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
 */
export class TwilioTransport implements Transport {
  readonly #options: TwilioOptions;
  readonly #egress: EgressPolicy;

  /** @param egress Has to allow the provider's own address. */
  constructor(options: TwilioOptions, egress: EgressPolicy) {
    this.#options = options;
    this.#egress = egress;
  }

  /** @param message Its text alone is sent. */
  async send({ recipient, text }: OutgoingMessage, signal: AbortSignal): Promise<string> {
    const { url, account, token, from } = this.#options;
    const path = `/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`;
    const form = { To: recipient, From: from, Body: text.trim().slice(0, MOST_CHARACTERS) };
    const credentials = Buffer.from(`${account}:${token}`).toString('base64');
    return postMessage(this.#egress, new URL(path, url).href, {
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${credentials}`,
      },
      body: new URLSearchParams(form).toString(),
      signal,
    });
  }
}
