import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Kysely } from 'kysely';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { Clock } from '../../../kit/Clock.ts';
import type { Log } from '../../../kit/Log.ts';
import type { DB } from '../database.ts';

const MOST_BYTES = 10 * 1_048_576;
/** Of all that is caught, the newest are kept. */
const MOST_KEPT = 1_000;

/**
 * A mail server on this machine that sends nothing on: it keeps what it is given, a mail once by its Message-ID. In place of
 * a real one, for development.
 */
export class MailCatcher {
  readonly #server: SMTPServer;
  /** smtp://127.0.0.1:port */
  readonly url: string;

  private constructor(server: SMTPServer, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(database: Kysely<DB>, clock: Clock, log: Log): Promise<MailCatcher> {
    const server = new SMTPServer({
      // Of this machine only, and nobody has an account.
      ...{ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'], size: MOST_BYTES },
      disableReverseLookup: true,
      onData(stream, { envelope }, callback) {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        buffer(stream)
          .then(async (content) => {
            if (stream.sizeExceeded) {
              throw Object.assign(new Error('the mail is too large'), { responseCode: 552 });
            }
            await keep(database, clock.now(), recipients, content);
          })
          .then(() => callback(), callback);
      },
    });
    server.on('error', (err) => log.warn({ err }, 'the catcher of mails has a problem'));
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    return new MailCatcher(server, `smtp://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}

async function keep(
  database: Kysely<DB>,
  now: Date,
  recipients: readonly string[],
  content: Buffer,
): Promise<void> {
  const id = randomUUIDv7();
  const { messageId = id } = await simpleParser(content);
  await database
    .insertInto('caught_mail')
    .values({
      ...{ id, message_id: messageId, content, caught_at: now },
      recipients: recipients.map((each) => each.toLowerCase()),
    })
    .onConflict((conflict) => conflict.column('message_id').doNothing())
    .execute();
  await database
    .deleteFrom('caught_mail')
    .where('id', 'in', (query) =>
      query.selectFrom('caught_mail').select('id').orderBy('id', 'desc').offset(MOST_KEPT),
    )
    .execute();
}
