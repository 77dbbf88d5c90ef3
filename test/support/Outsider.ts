import { randomBytes } from 'node:crypto';
import { waitFor } from './waitFor.ts';

/** A bound for a broken system. */
const LATEST_MS = 120_000;
const CALL_MS = 10_000;

/** Who has signed in. */
export interface Guest {
  readonly email: string;
  readonly userId: string;
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  /** That he has now. */
  password: string;
}

/** What a call was answered. */
export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** People who use identity and the catcher of mails by the edge of a mesh, and ask again where they get no answer. */
export class Outsider {
  readonly #edge: string;
  #changes = 0;

  /** @param edge Its URL. */
  constructor(edge: string) {
    this.#edge = edge;
  }

  get(path: string, as?: Guest): Promise<Answered> {
    return this.#ask(path, { headers: { ...as?.headers } });
  }

  post(path: string, body: object, as?: Pick<Guest, 'headers'>): Promise<Answered> {
    const headers = { 'content-type': 'application/json', ...as?.headers };
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Asks until the answer is 200. @returns it. */
  insist(what: string, ask: () => Promise<Answered>): Promise<Answered['body']> {
    return waitFor(
      what,
      async () => {
        const { status, body } = await ask();
        if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
        return body;
      },
      LATEST_MS,
    );
  }

  /** Registers, and follows the link of the mail. @returns how often it was asked for. */
  async register(email: string): Promise<number> {
    let tries = 0;
    await this.insist('register', () => {
      tries += 1;
      return this.post('/v1/auth/register', { email, password: passwordOf(0) });
    });
    const token = await waitFor('mail', () => this.#linkTo(email), LATEST_MS);
    await this.insist('verify', async () => {
      const answer = await this.post('/v1/auth/verify-email', { token });
      // It was taken, and the answer was lost: the link is good once.
      return answer.status === 400 ? { status: 200, body: {} } : answer;
    });
    return tries;
  }

  async signUp(email: string): Promise<Guest> {
    await this.register(email);
    return this.logIn(email);
  }

  /** @param password Default: that of who has signed up here, and has not changed it. */
  async logIn(email: string, password = passwordOf(0)): Promise<Guest> {
    const answer = await this.insist('login', () =>
      this.post('/v1/auth/login', { email, password }),
    );
    const token = String(answer.accessToken);
    const headers = { authorization: `Bearer ${token}` };
    return { ...{ email, token, headers, password }, userId: String(answer.userId) };
  }

  /** Changes the password, once. */
  async changePassword(guest: Guest): Promise<void> {
    this.#changes += 1;
    const newPassword = passwordOf(this.#changes);
    let tries = 0;
    await this.insist('password', async () => {
      tries += 1;
      const request = { password: guest.password, newPassword };
      const answer = await this.post('/v1/users/me/password:change', request, guest);
      // It was changed, and the answer was lost.
      const isDone = tries > 1 && JSON.stringify(answer.body).includes('CREDENTIALS_INVALID');
      return isDone ? { status: 200, body: {} } : answer;
    });
    guest.password = newPassword;
  }

  /** Makes a call that identity refuses. @returns its trace, of that call alone. */
  async refused(): Promise<string> {
    return waitFor(
      'refusal',
      async () => {
        const trace = randomBytes(16).toString('hex');
        const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
        const { status } = await this.post('/v1/auth/verify-email', { token: 'none' }, { headers });
        return status === 400 && trace;
      },
      LATEST_MS,
    );
  }

  async #linkTo(email: string): Promise<string | undefined> {
    const page = await this.#text(`/mails?to=${email}`);
    const [path] = /\/mails\/[0-9a-f-]{36}/.exec(page) ?? [];
    if (!path) return undefined;
    return /\/v1\/auth\/verify-email\/(\S+)/.exec(await this.#text(`${path}/text`))?.[1];
  }

  async #text(path: string): Promise<string> {
    const response = await fetch(this.#edge + path, { signal: AbortSignal.timeout(CALL_MS) });
    return response.text();
  }

  async #ask(path: string, options: RequestInit): Promise<Answered> {
    const signal = AbortSignal.timeout(CALL_MS);
    const response = await fetch(this.#edge + path, { ...options, signal });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) };
    } catch {
      return { status: response.status, body: { text } };
    }
  }
}

function passwordOf(number: number): string {
  return `a quiet harbour ${number}`;
}
