/** What came back, at the end of all redirects. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const MOST_REDIRECTS = 20;

/** Follows redirects and keeps cookies, by host name, as browsers do; what it shows nobody sees. */
export class Browser {
  /** By host name, the cookies by their names. */
  readonly cookies = new Map<string, Map<string, string>>();
  /** URLs that it has been sent to, in their order. */
  readonly visited: URL[] = [];

  /**
   * @param stopAt Where it stops, without going there: the page is then the redirect's. Default: it goes on to the end.
   */
  async open(url: URL | string, stopAt?: (url: URL) => boolean): Promise<Page> {
    let at = new URL(url);
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects += 1) {
      if (stopAt?.(at)) return { url: at, status: 0, headers: new Headers(), body: '' };
      this.visited.push(at);
      const jar = this.#jar(at);
      const response = await fetch(at, {
        redirect: 'manual',
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
        signal: AbortSignal.timeout(30_000),
      });
      for (const cookie of response.headers.getSetCookie()) keep(jar, cookie);
      const location = response.headers.get('location');
      const { status, headers } = response;
      const body = await response.text();
      if (status < 300 || status > 399 || !location) return { url: at, status, headers, body };
      at = new URL(location, at);
    }
    throw new Error(`${url} redirects without end`);
  }

  #jar({ hostname }: URL): Map<string, string> {
    const jar = this.cookies.get(hostname) ?? new Map();
    this.cookies.set(hostname, jar);
    return jar;
  }
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [pair = '', ...attributes] = cookie.split(';');
  const [name = '', ...value] = pair.split('=');
  const isGone = attributes.some((each) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(each));
  if (isGone) jar.delete(name.trim());
  else jar.set(name.trim(), value.join('='));
}
