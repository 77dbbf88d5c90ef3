import { type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { MethodContract } from '@weft/mesh/contracts';
import type { MessageType, ServiceContext } from '@weft/mesh/runtime';
import type { CallStates } from './rooms/StateFeed.ts';

/**
 * How a method is called that feeds a room, whatever service has it.
 *
 * @throws Error when that service is not among the manifest's upstreams.
 */
export function callStates(method: MethodContract, client: ServiceContext['client']): CallStates {
  const { called } = client({
    fullName: method.service,
    methods: { called: { ...described(method), responseStream: true } },
  });
  return (request, options) => called(request, options);
}

/**
 * How a method is called that answers the snapshot of a room.
 *
 * @throws Error when its service is not among the manifest's upstreams.
 */
export function callUnary(
  method: MethodContract,
  client: ServiceContext['client'],
): (request: Message) => Promise<Message> {
  const { called } = client({
    fullName: method.service,
    methods: { called: { ...described(method), responseStream: false } },
  });
  // A contract without a timeout of its own makes nobody wait for ever.
  const options = method.timeoutMs === undefined ? { timeoutMs: SNAPSHOT_MS } : {};
  return (request) => called(request, options);
}

const SNAPSHOT_MS = 5_000;

function described({ name, input, output }: MethodContract) {
  return {
    name,
    requestType: typeOf(input),
    requestStream: false,
    responseType: typeOf(output),
  } as const;
}

function typeOf(schema: DescMessage): MessageType<Message> {
  return {
    encode: (message) => ({ finish: () => toBinary(schema, message) }),
    decode: (bytes) => fromBinary(schema, bytes),
  };
}
