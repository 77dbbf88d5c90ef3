import type { Http2ServerResponse } from 'node:http2';
import { type HttpImplementation, implementHttp, RpcError, Status } from '@weft/mesh/runtime';
import { type Kysely, sql } from 'kysely';
import { simpleParser } from 'mailparser';
import type { DB } from '../database.ts';
import { MAILS_PATH } from './noMailFace.ts';
import { listPage, mailPage, STYLE } from './pages.ts';

const MOST_LISTED = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Pages load their style from here, show a mail's HTML in a frame, and run nothing. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** What strangers have written: no script, no form, no request to anywhere. */
const MAIL_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/**
 * Shows the mails that were caught: `/mails` lists them, those to one address with `?to=`; `/mails/ID` is a mail, `/mails/ID/text`
 * its text alone, `/mails/ID/html` its HTML, in a sandbox, and `/mails/ID/raw` the mail as it came.
 */
export function mailFace(database: Kysely<DB>): HttpImplementation {
  return implementHttp(MAILS_PATH, {
    async request(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
        return;
      }
      const { pathname, searchParams } = new URL(request.url, 'http://edge');
      const [, , id = '', part = ''] = pathname.split('/');
      if (id === '') await showList(database, searchParams.get('to') ?? '', response);
      else if (id === 'style.css' && part === '') answer(response, 'text/css', STYLE, PAGE_POLICY);
      else await showMail(database, id, part, response);
    },
  });
}

async function showList(
  database: Kysely<DB>,
  to: string,
  response: Http2ServerResponse,
): Promise<void> {
  const rows = await database
    .selectFrom('caught_mail')
    .selectAll()
    .$if(to !== '', (query) => query.where(sql<boolean>`${to.toLowerCase()} = any(recipients)`))
    .orderBy('id', 'desc')
    .limit(MOST_LISTED)
    .execute();
  const mails = await Promise.all(
    rows.map(async ({ id, recipients, content, caught_at: time }) => {
      const { subject = '' } = await simpleParser(content);
      return { id, recipients, subject, time };
    }),
  );
  answer(response, 'text/html', listPage(mails, to), PAGE_POLICY);
}

async function showMail(
  database: Kysely<DB>,
  id: string,
  part: string,
  response: Http2ServerResponse,
): Promise<void> {
  const mail = UUID.test(id)
    ? await database.selectFrom('caught_mail').selectAll().where('id', '=', id).executeTakeFirst()
    : undefined;
  if (!mail)
    throw new RpcError(Status.NOT_FOUND, `no mail ${id} was caught, or it is kept no more`);
  const parsed = await simpleParser(mail.content);
  const html = parsed.html || '';
  if (part === '') {
    const { id, recipients, caught_at: time } = mail;
    const { subject = '', text = '', from } = parsed;
    const shown = {
      id,
      recipients,
      subject,
      time,
      text,
      from: from?.text ?? '',
      hasHtml: html !== '',
    };
    answer(response, 'text/html', mailPage(shown), PAGE_POLICY);
  } else if (part === 'text') answer(response, 'text/plain', parsed.text ?? '', PAGE_POLICY);
  else if (part === 'html') answer(response, 'text/html', html, MAIL_POLICY);
  else if (part === 'raw') answer(response, 'text/plain', mail.content, MAIL_POLICY);
  else throw new RpcError(Status.NOT_FOUND, `a mail has no part ${part}`);
}

function answer(
  response: Http2ServerResponse,
  type: string,
  body: string | Buffer,
  policy: string,
): void {
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.end(body);
}
