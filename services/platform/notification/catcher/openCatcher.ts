import type { HttpImplementation } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import type { Log } from '../../../kit/Log.ts';
import type { DB } from '../database.ts';
import { MailCatcher } from './MailCatcher.ts';
import { mailFace } from './mailFace.ts';

/** A server that catches mails, and the page that shows them. */
export interface OpenCatcher {
  /** Of the server: smtp://127.0.0.1:port */
  readonly url: string;
  readonly face: HttpImplementation;
  stop(): Promise<void>;
}

export async function openCatcher(
  database: Kysely<DB>,
  clock: Clock,
  log: Log,
): Promise<OpenCatcher> {
  const catcher = await MailCatcher.start(database, clock, log);
  return { url: catcher.url, face: mailFace(database), stop: () => catcher.stop() };
}
