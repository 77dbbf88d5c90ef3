import assert from 'node:assert/strict';

/** What an answer says that is an error: as REST has it, whoever gives it. */
export async function refusal(response: Response) {
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { code, message, details } = (await response.json()) as Record<string, unknown>;
  assert.equal(typeof message, 'string');
  assert.ok(Array.isArray(details));
  return { status: response.status, code, message: message as string, details };
}
