import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { HttpTestServer } from '../../../../mesh/runtime/testing/HttpTestServer.ts';
import { systemClock } from '../../../kit/Clock.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { SmtpTransport } from '../channels/email/SmtpTransport.ts';
import { openNotification, type TestNotification } from '../testing/openNotification.ts';
import { outgoingMessage } from '../testing/outgoingMessage.ts';
import { noMailFace } from './noMailFace.ts';
import { type OpenCatcher, openCatcher } from './openCatcher.ts';

const postgres = usePostgres();
let opened: TestNotification;
let catcher: OpenCatcher;
let smtp: SmtpTransport;
let page: HttpTestServer;
beforeEach(async () => {
  opened = await openNotification(await postgres.createDatabase());
  const { database } = opened.notifications;
  catcher = await openCatcher(database, systemClock, quietLog);
  smtp = new SmtpTransport({ url: catcher.url, from: 'Weft <no-reply@weft.example>' });
  page = await HttpTestServer.start([catcher.face]);
});
afterEach(async () => {
  await page?.stop();
  await smtp?.close();
  await catcher?.stop();
  await opened?.[Symbol.asyncDispose]();
});

const send = (mail: Parameters<typeof outgoingMessage>[0]) =>
  smtp.send(outgoingMessage(mail), AbortSignal.timeout(30_000));
const linkTo = (body: string) => /href="(\/mails\/[0-9a-f-]{36})"/.exec(body)?.[1] ?? '';

test('a developer finds the mail to an address, and its link, in a page', async () => {
  await send({ recipient: 'bob@example.org', text: 'other' });
  await send({ recipient: 'Grace@Example.org', text: 'Open https://weft.example/x?a=1&b=2 now' });
  const list = await page.ask('/mails?to=grace@example.org');
  assert.equal(list.status, 200);
  assert.ok(list.body.includes('Grace@Example.org'.toLowerCase()) && !list.body.includes('bob@'));
  const mail = await page.ask(linkTo(list.body));
  assert.match(mail.body, /<a href="https:\/\/weft\.example\/x\?a=1&amp;b=2" rel="noreferrer">/);
  const text = await page.ask(`${linkTo(list.body)}/text`);
  assert.match(String(text.headers['content-type']), /^text\/plain/);
  assert.match(text.body, /^Open https/);
  assert.equal((await page.ask('/mails/style.css')).status, 200);
});

test('a mail that is handed over twice is caught once', async () => {
  const id = randomUUIDv7();
  for (let time = 0; time < 2; time += 1) await send({ id, recipient: 'twice@example.org' });
  const { body } = await page.ask('/mails?to=twice@example.org');
  assert.equal(body.split('<tr><td>').length - 1, 1);
});

test('what a mail says cannot act in the page', async () => {
  const evil = `<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">`;
  await send({
    ...{ recipient: 'evil@example.org', subject: evil, text: `${evil} https://x/"onclick="y` },
    html: evil,
  });
  const list = await page.ask('/mails?to=evil@example.org');
  const mail = await page.ask(linkTo(list.body));
  for (const { body, headers } of [list, mail]) {
    assert.ok(
      !/<script|<img|javascript:[^&]*"|onclick="y/.test(body.replaceAll(/&[a-z#0-9]+;/g, '&')),
      body,
    );
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; style-src 'self'; frame-src 'self';/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
  assert.match(mail.body, /<iframe sandbox title/);
  const html = await page.ask(`${linkTo(list.body)}/html`);
  assert.match(String(html.headers['content-security-policy']), /^sandbox; default-src 'none';/);
  const injected = await page.ask(`/mails?to=${encodeURIComponent(`">${evil}`)}`);
  assert.ok(!injected.body.includes('<script'));
  for (const path of [
    '/mails/../etc',
    '/mails/none',
    `/mails/${randomUUIDv7()}`,
    `${linkTo(list.body)}/x`,
  ]) {
    assert.ok([400, 404].includes((await page.ask(path)).status ?? 0), path);
  }
  assert.equal((await page.ask('/mails', { ':method': 'POST' })).status, 405);
});

test('where nothing is caught, there is no page', async () => {
  const none = await HttpTestServer.start([noMailFace()]);
  try {
    assert.equal((await none.ask('/mails')).status, 404);
  } finally {
    await none.stop();
  }
});
