import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { eventually } from '@weft/mesh/testing/eventually';
import { DrippingMailServer } from '../../testing/DrippingMailServer.ts';
import { MailServer, type MailServerOptions } from '../../testing/MailServer.ts';
import { outgoingMessage } from '../../testing/outgoingMessage.ts';
import { RejectedError } from '../Transport.ts';
import { SmtpTransport } from './SmtpTransport.ts';

/** Of a server's own; it is the authority too. @param subject Such as IP:127.0.0.1. */
function makeCertificate(subject: string): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'weft-mail-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=mail', '-addext', `subjectAltName=${subject}`, '-days', '2'],
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'pipe' },
  );
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}

const good = makeCertificate('IP:127.0.0.1');
const ofNobody = makeCertificate('IP:127.0.0.1');
const ofAnother = makeCertificate('DNS:mail.example.org');
const before = tls.getCACertificates();
tls.setDefaultCACertificates([...before, good.cert, ofAnother.cert]);
after(() => tls.setDefaultCACertificates(before));

const account = { user: 'weft', password: 'a quiet harbour' };

async function send(server: { url: string }, password: string | undefined) {
  const url = new URL(server.url);
  if (password) url.username = account.user;
  const smtp = new SmtpTransport({
    ...{ url: url.href, from: 'Weft <no-reply@weft.example>' },
    ...(password && { password }),
  });
  try {
    const message = outgoingMessage({ recipient: 'ada@example.org' });
    return await smtp.send(message, AbortSignal.timeout(30_000));
  } finally {
    await smtp.close();
  }
}

for (const isImplicit of [false, true]) {
  const how = isImplicit ? 'TLS from the first byte' : 'STARTTLS';
  const start = (options: MailServerOptions) => MailServer.start({ ...options, isImplicit });

  test(`a password and a mail go over ${how}`, async () => {
    await using server = await start({ certificate: good, account });
    await send(server, account.password);
    assert.deepEqual(
      server.mails.map(({ secure, user }) => [secure, user]),
      [[true, account.user]],
    );
    await assert.rejects(send(server, 'another'), (error) => {
      assert.match(String(error), /535/);
      return !(error instanceof RejectedError);
    });
  });

  test(`a server whose certificate does not verify is told nothing by ${how}, and asked again later`, async () => {
    for (const certificate of [ofNobody, ofAnother]) {
      for (const password of [undefined, account.password]) {
        await using server = await start({ certificate, ...(password && { account }) });
        await assert.rejects(send(server, password), (error) => {
          assert.match(String(error), /self-signed certificate|does not match/);
          return !(error instanceof RejectedError);
        });
        assert.deepEqual([server.mails, server.passwords], [[], []]);
      }
    }
  });
}

test('a password goes to no server that offers no TLS', async () => {
  await using server = await MailServer.start({ account });
  await assert.rejects(send(server, account.password), /STARTTLS/);
  assert.deepEqual([server.mails, server.passwords], [[], []]);
});

test('a server that never comes to an end is left when the time of a try is over', async () => {
  await using server = await DrippingMailServer.start();
  const smtp = new SmtpTransport({ url: server.url, from: 'Weft <no-reply@weft.example>' });
  const over = new AbortController();
  const sending = smtp.send(outgoingMessage({ recipient: 'ada@example.org' }), over.signal);
  const left = assert.rejects(sending, { name: 'AbortError' });
  await eventually(async () => server.connections.size === 1);
  over.abort();
  await left;
  await eventually(async () => server.connections.size === 0);
});
