import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { waitFor } from './waitFor.ts';

const CALL_MS = 30_000;

/** What a message of the DevTools protocol holds. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, looked at field by field.
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same.
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/**
 * A page in a Chromium without a window, steered by its DevTools.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
export class ChromiumPage implements AsyncDisposable {
  /** What the page has complained of: exceptions, and what it was refused, as by its CSP. */
  readonly complaints: string[] = [];
  readonly #browser: ReturnType<typeof startBrowser>;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Message>>();
  #calls = 0;

  private constructor(browser: ReturnType<typeof startBrowser>, socket: WebSocket) {
    this.#browser = browser;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data))));
  }

  /** @param profile Folder of its own. */
  static async open(chromium: string, profile: string, url: string): Promise<ChromiumPage> {
    const browser = startBrowser(chromium, profile);
    try {
      const port = await waitFor('Chromium to tell its port', async () => {
        if (browser.exitCode !== null) throw new Error((await browser).stderr);
        return (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')[0];
      });
      const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      const [{ webSocketDebuggerUrl }] = pages as { webSocketDebuggerUrl: string }[] as [
        { webSocketDebuggerUrl: string },
      ];
      const socket = new WebSocket(webSocketDebuggerUrl);
      await new Promise((resolve, reject) => {
        socket.addEventListener('open', resolve);
        socket.addEventListener('error', reject);
      });
      const page = new ChromiumPage(browser, socket);
      for (const domain of ['Runtime', 'Log', 'Page', 'Accessibility']) {
        await page.call(`${domain}.enable`);
      }
      await page.call('Page.navigate', { url });
      return page;
    } catch (error) {
      browser.kill();
      throw error;
    }
  }

  /** Calls a method of the protocol. @throws what it is answered. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside.
  async call(method: string, params: object = {}): Promise<any> {
    this.#calls += 1;
    const answered = Promise.withResolvers<Message>();
    this.#waiting.set(this.#calls, answered);
    this.#socket.send(JSON.stringify({ id: this.#calls, method, params }));
    const timer = setTimeout(
      () => answered.reject(new Error(`${method} is not answered`)),
      CALL_MS,
    );
    const { result, error } = await answered.promise.finally(() => clearTimeout(timer));
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** What an expression comes to in the page. @throws what it throws. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      ...{ expression, returnByValue: true, awaitPromise: true },
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#browser.kill();
    await this.#browser;
  }

  #hear({ id, method, params, ...rest }: Message): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.resolve(rest);
      this.#waiting.delete(id);
    } else if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params.exceptionDetails;
      this.complaints.push(exception?.description ?? text);
    } else if (method === 'Log.entryAdded' && params.entry.source === 'security') {
      this.complaints.push(params.entry.text);
    }
  }
}

function startBrowser(chromium: string, profile: string) {
  return execa(
    chromium,
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...[`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'],
    ],
    { reject: false, forceKillAfterDelay: 2_000 },
  );
}
