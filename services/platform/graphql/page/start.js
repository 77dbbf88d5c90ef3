/* global React, ReactDOM, GraphiQL */

const EXAMPLE = `# Who you are says a header, below: {"authorization": "Bearer ..."}.
# extensions.calls of an answer is how many calls of services it has cost.
query Assets {
  listAssets(pageSize: 3) {
    assets {
      assetSymbol
      last
    }
  }
}
`;

/** Subscriptions come as server-sent events, all else as JSON. */
async function* ask(params, { headers = {} } = {}) {
  const stop = new AbortController();
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: isSubscription(params) ? 'text/event-stream' : 'application/json',
        ...headers,
      },
      body: JSON.stringify(params),
      signal: stop.signal,
    });
    if (!/event-stream/.test(response.headers.get('content-type') ?? '')) {
      yield await response.json();
      return;
    }
    let rest = '';
    for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const [, data] = /^event: next\ndata: (.*)$/m.exec(event) ?? [];
        if (data) yield JSON.parse(data);
      }
    }
  } finally {
    stop.abort();
  }
}

/** Not every browser iterates a stream. */
async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function isSubscription({ query, operationName }) {
  const name = operationName ? `\\s+${operationName}\\b` : '';
  return new RegExp(`^\\s*subscription${name}`, 'm').test(query);
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: ask,
    defaultQuery: EXAMPLE,
    shouldPersistHeaders: false,
  }),
);
