/** What a REST caller gets: HTTP status and decoded JSON. */
export interface RestAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, looked at field by field.
  readonly body: any;
}

export async function get(url: string): Promise<RestAnswer> {
  return answer(await fetch(url));
}

/** POSTs a JSON text as it is, so that a test can also send a broken one. */
export async function post(url: string, json: string): Promise<RestAnswer> {
  const headers = { 'content-type': 'application/json' };
  return answer(await fetch(url, { method: 'POST', headers, body: json }));
}

async function answer(response: Response): Promise<RestAnswer> {
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    throw new Error(`${response.status} without JSON: ${text.slice(0, 500)}`);
  }
}

/** The data of server-sent events, decoded, until `signal` aborts or the server ends. */
export async function* serverSentEvents(
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<unknown> {
  const accepted = { accept: 'text/event-stream', ...headers };
  const response = await fetch(url, { signal, headers: accepted });
  if (!response.ok || !response.body) throw new Error(`${response.status} for ${url}`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) yield JSON.parse(line.slice('data:'.length));
    }
  }
}
