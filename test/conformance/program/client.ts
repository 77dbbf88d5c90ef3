/** The client under test: makes the calls that come on standard input. */
import { Channel, type ChannelInterface, compressionAlgorithms, credentials } from '@grpc/grpc-js';
import { createClient } from '../../../mesh/runtime/client/createClient.ts';
import { applyPatch } from '../../../mesh/runtime/patches/applyPatches.ts';
import { deliverMessagesBeforeStatus } from '../../../mesh/runtime/patches/deliverMessagesBeforeStatus.ts';
import { testEnvironment } from '../../../mesh/runtime/testing/testEnvironment.ts';
import {
  ClientCompatRequest,
  ClientCompatResponse,
} from '../gen/connectrpc/conformance/v1/client_compat.ts';
import { Compression } from '../gen/connectrpc/conformance/v1/config.ts';
import { ConformanceServiceDefinition } from '../gen/connectrpc/conformance/v1/service.ts';
import { readFrames, writeFrame } from './frames.ts';
import { invoke } from './invoke.ts';

const fail = (_: unknown, message?: string) => {
  throw new Error(message);
};
await applyPatch(deliverMessagesBeforeStatus, { log: { info: fail, warn: fail } });

const { telemetry } = await testEnvironment();
const channels = new Map<string, ChannelInterface>();

/** One for each server and way to speak to it. */
function channelTo(request: ClientCompatRequest): ChannelInterface {
  const { host, port, serverTlsCert, clientTlsCreds, compression, messageReceiveLimit } = request;
  const key = JSON.stringify([port, compression, messageReceiveLimit]);
  let channel = channels.get(key);
  if (!channel) {
    const { cert = null, key: privateKey = null } = clientTlsCreds ?? {};
    channel = new Channel(
      `${host}:${port}`,
      serverTlsCert.length > 0
        ? credentials.createSsl(serverTlsCert, privateKey, cert)
        : credentials.createInsecure(),
      {
        'grpc.max_receive_message_length': messageReceiveLimit || -1,
        'grpc.default_compression_algorithm':
          compression === Compression.GZIP
            ? compressionAlgorithms.gzip
            : compressionAlgorithms.identity,
      },
    );
    channels.set(key, channel);
  }
  return channel;
}

async function answer(request: ClientCompatRequest): Promise<ClientCompatResponse['result']> {
  try {
    const client = createClient(ConformanceServiceDefinition, channelTo(request), {
      metrics: telemetry.calls,
      tracing: telemetry.tracing,
    });
    return { $case: 'response', value: await invoke(client, request) };
  } catch (error) {
    return { $case: 'error', value: { message: (error as Error).stack ?? String(error) } };
  }
}

// More at once would wait for each other, and their deadlines would run down before they are sent.
const AT_ONCE = 8;
const running = new Set<Promise<void>>();
for await (const frame of readFrames(process.stdin)) {
  const request = ClientCompatRequest.decode(frame);
  const call = answer(request).then((result) => {
    const response = ClientCompatResponse.create({ testName: request.testName, result });
    writeFrame(process.stdout, ClientCompatResponse.encode(response).finish());
    running.delete(call);
  });
  running.add(call);
  if (running.size >= AT_ONCE) await Promise.race(running);
}
await Promise.all(running);
for (const channel of channels.values()) channel.close();
await telemetry.shutdown();
