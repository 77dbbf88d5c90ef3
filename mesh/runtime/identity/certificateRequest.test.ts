import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { certificateRequest } from './certificateRequest.ts';

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

// From names that need one byte for their length to those that need two.
for (const length of [1, 64, 127, 128, 300, 5_000]) {
  test(`a request for a name of ${length} characters is what OpenSSL takes for one`, {
    skip: !hasOpenssl && 'no openssl',
  }, () => {
    const uri = `spiffe://${'a'.repeat(length)}/ns/default/dc/dc1/svc/web`;
    const text = execFileSync('openssl', ['req', '-verify', '-noout', '-text', '-pubkey'], {
      input: certificateRequest(privateKey, uri),
      encoding: 'utf8',
      // It says there that the signature is right, and would end with 1 if it were not.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    assert.match(text, /Subject:\s*\n/);
    assert.match(text, /X509v3 Subject Alternative Name:/);
    assert.ok(text.includes(`URI:${uri}\n`), text);
    const shown = /-----BEGIN PUBLIC KEY-----[\s\S]*-----END PUBLIC KEY-----\n/.exec(text)?.[0];
    const own = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    assert.equal(shown, own);
  });
}

test('the private key is in no request', () => {
  const request = certificateRequest(privateKey, 'spiffe://a/ns/default/dc/dc1/svc/web');
  const secret = Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url');
  const [, body = ''] = /-----BEGIN CERTIFICATE REQUEST-----\n([^-]*)/.exec(request) ?? [];
  const bytes = Buffer.from(body, 'base64');
  assert.ok(bytes.length > 100);
  assert.ok(!bytes.includes(secret));
});
