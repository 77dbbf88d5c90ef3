import { createTransport, type Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { type OutgoingMessage, RejectedError, type Transport } from '../Transport.ts';

export interface SmtpOptions {
  /** smtp://user@host:587, or smtps: for TLS from the first byte. */
  readonly url: string;
  /** Of the user in it. Default: it is handed over without signing in. */
  readonly password?: string;
  /** The header From, such as "Weft <no-reply@example.org>". */
  readonly from: string;
}

const CONNECT_MS = 5_000;
/** Without a byte. */
const SILENCE_MS = 10_000;

/**
 * Hands mails to a server (RFC 5321). A mail has the same Message-ID each time, by which servers and mailboxes know one that
 * was taken though its answer was lost.
 */
export class SmtpTransport implements Transport {
  readonly #transporter: Transporter<SMTPTransport.SentMessageInfo>;
  readonly #from: string;
  readonly #domain: string;

  constructor({ url, password, from }: SmtpOptions) {
    const { protocol, hostname, port, username } = new URL(url);
    const secure = protocol === 'smtps:';
    const user = decodeURIComponent(username);
    this.#transporter = createTransport({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      // A password goes over TLS or not at all.
      ...(user && password !== undefined && { auth: { user, pass: password }, requireTLS: true }),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      // Templates say what a mail is made of, and nothing of it is read from files or other servers.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.#from = from;
    this.#domain = /@([^>]+)>$/.exec(from)?.[1] ?? 'localhost';
  }

  async send(
    { id, recipient, subject, text, html }: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<string> {
    try {
      const { response } = await this.#transporter.sendMail({
        messageId: `<${id}@${this.#domain}>`,
        from: this.#from,
        // A server that says a byte now and then would keep it for ever.
        signal,
        // As an object, an address is no list of addresses.
        to: { name: '', address: recipient },
        ...{ subject, text },
        ...(html && { html }),
        // No answers of machines to a machine: RFC 3834.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return response;
    } catch (error) {
      throw rejectedOrNot(error);
    }
  }

  async close(): Promise<void> {
    this.#transporter.close();
  }
}

/** Codes of 500 to 599 are for ever: RFC 5321, 4.2.1. Who may not sign in is wrongly configured, which somebody may mend. */
function rejectedOrNot(error: unknown): unknown {
  const { responseCode, code, message } = error as Error & { responseCode?: number; code?: string };
  if (code === 'EENVELOPE' && responseCode === undefined) {
    return new RejectedError('RECIPIENT_REFUSED', message);
  }
  if (code === 'EAUTH' || responseCode === undefined || responseCode < 500) return error;
  const reason = code === 'EENVELOPE' ? 'RECIPIENT_REFUSED' : 'MESSAGE_REFUSED';
  return new RejectedError(reason, message);
}
