import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Longer than any process is given to stop. */
const limitMs = 60_000;

/** supervisord's own answer to a call that it could not do: http://supervisord.org/api.html */
export class SupervisorFault extends Error {
  override readonly name = 'SupervisorFault';
  /** Such as 60, ALREADY_STARTED. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Calls a method of supervisord's XML-RPC interface for a process: its command-line client does one after the other
 * what this does for many at once. Resolves when it is done: with a process that has been up for a second, or has ended.
 *
 * @param socket Path of supervisord's Unix socket.
 * @param method Such as "startProcess".
 * @throws SupervisorFault when supervisord says no.
 */
export async function askSupervisor(
  socket: string,
  method: 'startProcess' | 'stopProcess',
  name: string,
): Promise<void> {
  const answer = await post(
    socket,
    `<?xml version="1.0"?><methodCall><methodName>supervisor.${method}</methodName><params>` +
      `<param><value><string>${name}</string></value></param>` +
      `<param><value><boolean>1</boolean></value></param></params></methodCall>`,
  );
  if (!answer.includes('<fault>')) return;
  const code = /<int>(\d+)<\/int>/.exec(answer)?.[1];
  const message = /<string>([^<]*)<\/string>/.exec(answer)?.[1];
  throw new SupervisorFault(Number(code), `supervisord ${method}: ${message}`);
}

function post(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) };
    const asking = request(
      {
        ...{ socketPath, path: '/RPC2', method: 'POST', headers, agent: false },
        signal: AbortSignal.timeout(limitMs),
      },
      (response) => {
        if (response.statusCode === 200) return text(response).then(resolve, reject);
        reject(new Error(`supervisord answers ${response.statusCode}`));
        response.resume();
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}
