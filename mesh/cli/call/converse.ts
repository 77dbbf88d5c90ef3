import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import {
  type DescMethod,
  fromBinary,
  type Message,
  type Registry,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import type { Client, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { print } from '../output/print.ts';
import { requests } from './requests.ts';

export interface ConversationOptions {
  /** The request, or "-" for those of `input`, one a line. */
  readonly json: string;
  readonly input: Readable;
  /** Gets each answer as JSON: one alone over several lines, those of a stream on one line each. */
  readonly output: Writable;
  readonly metadata: Metadata;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * One call of any kind: on the wire all four are streams of messages both ways.
 *
 * @throws ServiceError when the call fails.
 * @throws CliError when a request is no valid JSON for the method.
 */
export async function converse(
  client: Client,
  method: DescMethod,
  registry: Registry,
  { json, input, output, metadata, timeoutMs, signal }: ConversationOptions,
): Promise<void> {
  signal.throwIfAborted();
  const call = client.makeBidiStreamRequest(
    `/${method.parent.typeName}/${method.name}`,
    (message: Message) => Buffer.from(toBinary(method.input, message)),
    (bytes) => fromBinary(method.output, bytes),
    metadata,
    timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
  );
  const cancel = () => call.cancel();
  signal.addEventListener('abort', cancel);
  let unsendable: unknown;
  send(call, requests(json, input, method.input, registry)).catch((error) => {
    unsendable = error;
    call.cancel();
  });
  const streams =
    method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming';
  try {
    for await (const message of call) {
      const answer = toJson(method.output, message, { registry, alwaysEmitImplicit: true });
      print(`${JSON.stringify(answer, undefined, streams ? 0 : 2)}\n`, output);
    }
  } catch (error) {
    throw unsendable ?? error;
  } finally {
    signal.removeEventListener('abort', cancel);
    // The server may end a call that there is still input for.
    if (json === '-') input.destroy();
  }
}

async function send(
  call: ClientDuplexStream<Message, Message>,
  messages: AsyncIterable<Message>,
): Promise<void> {
  for await (const message of messages) {
    if (!call.write(message)) await once(call, 'drain');
  }
  call.end();
}
