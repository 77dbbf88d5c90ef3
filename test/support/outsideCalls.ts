import * as grpc from '@grpc/grpc-js';

const CALL_MS = 30_000;

/** How a call ended: its gRPC status. */
export interface Outcome {
  readonly code: number;
  readonly message: string;
}

const examples: Readonly<Record<string, Buffer>> = {
  // asset_symbol "A" and an interval of 60 s.
  ListCandles: Buffer.from([0x0a, 1, 0x41, 0x12, 2, 0x08, 60]),
  GetAssetSummary: Buffer.from([0x0a, 1, 0x41]),
};

/** A valid request to the method, else an empty one. */
function request(path: string): Buffer {
  return examples[path.split('/').at(-1) ?? ''] ?? Buffer.alloc(0);
}

/** A unary gRPC call. */
export async function callUnary(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const same = (bytes: Buffer) => bytes;
  try {
    return await new Promise<Outcome>((resolve) =>
      client.makeUnaryRequest(
        path,
        same,
        same,
        request(path),
        metadata,
        { deadline: Date.now() + CALL_MS },
        (error) => resolve({ code: error?.code ?? 0, message: error?.details ?? '' }),
      ),
    );
  } finally {
    client.close();
  }
}

/** A unary gRPC-Web call, its status from the trailer frame or, where there is none, from the headers. */
export async function callWeb(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const message = request(path);
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
    body: Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1');
  const code = response.headers.get('grpc-status') ?? /grpc-status:\s*(\d+)/.exec(body)?.[1];
  if (code === undefined || response.status !== 200) {
    throw new Error(`${response.status} without a gRPC status: ${body}`);
  }
  return { code: Number(code), message: response.headers.get('grpc-message') ?? '' };
}
