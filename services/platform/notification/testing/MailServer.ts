import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail extends ParsedMail {
  readonly recipients: readonly string[];
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Who has signed in; undefined: nobody. */
  readonly user: string | undefined;
}

export interface MailServerOptions {
  /** PEM. Default: it offers no TLS. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Whether it speaks TLS from the first byte. Default: after STARTTLS. */
  readonly isImplicit?: boolean;
  /** Who may sign in. Default: nobody, and everybody may send. */
  readonly account?: { readonly user: string; readonly password: string };
}

/** A mail server that answers as a test wants it to. */
export class MailServer implements AsyncDisposable {
  readonly mails: ReceivedMail[] = [];
  /** Codes, such as 451, that the next mails are answered with after they were taken in; 0: taken. */
  readonly answers: number[] = [];
  /** Recipients that there are not: 550. */
  readonly unknown = new Set<string>();
  /** Passwords that it was shown. */
  readonly passwords: string[] = [];
  readonly #server: SMTPServer;
  readonly #isImplicit: boolean;

  private constructor({ certificate, isImplicit = false, account }: MailServerOptions) {
    this.#isImplicit = isImplicit;
    this.#server = new SMTPServer({
      ...{ authOptional: !account, disableReverseLookup: true, ...certificate, secure: isImplicit },
      disabledCommands: [
        ...(account ? [] : ['AUTH']),
        ...(certificate && !isImplicit ? [] : ['STARTTLS']),
      ],
      // It is the client that has to keep his password to himself.
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) => {
        this.passwords.push(password ?? '');
        if (account && username === account.user && password === account.password) {
          callback(null, { user: account.user });
        } else callback(answer(535, 'no such account'));
      },
      onRcptTo: ({ address }, _session, callback) => {
        if (this.unknown.has(address)) callback(answer(550, 'no such user'));
        else callback();
      },
      onData: (stream, { envelope, secure, user }, callback) => {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        buffer(stream)
          .then(async (content) => {
            const code = this.answers.shift() ?? 0;
            if (code !== 0) throw answer(code, 'not now');
            this.mails.push({ ...(await simpleParser(content)), recipients, secure, user });
          })
          .then(() => callback(), callback);
      },
    });
    // A client that hangs up over its certificate.
    this.#server.on('error', () => {});
  }

  static async start(options: MailServerOptions = {}): Promise<MailServer> {
    const started = new MailServer(options);
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server.server, 'listening');
    return started;
  }

  get url(): string {
    const { port } = this.#server.server.address() as AddressInfo;
    return `${this.#isImplicit ? 'smtps' : 'smtp'}://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
