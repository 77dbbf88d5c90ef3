import { create, type Message, type Registry, toJson } from '@bufbuild/protobuf';
import type { SnapshotContract } from '@weft/mesh/contracts';
import { parseAsOf } from '../../../kit/events/AsOf.ts';
import type { Snapshot } from './EventFeed.ts';

/** Calls the method that answers the snapshots of a kind of rooms. */
export type CallSnapshot = (contract: SnapshotContract, request: Message) => Promise<Message>;

/**
 * Asks for what a room's events have led to.
 *
 * @param value Of the room's name, such as "4711" of "order:4711"; empty where it is a word alone.
 * @throws RpcError what the method refuses with.
 */
export async function readSnapshot(
  contract: SnapshotContract,
  value: string,
  call: CallSnapshot,
  registry: Registry,
): Promise<Snapshot> {
  const { method, field, asOf } = contract;
  const request = create(method.input, field ? { [field.localName]: value } : {});
  const answer = (await call(contract, request)) as Message & Record<string, unknown>;
  const known = parseAsOf(String(answer[asOf.localName]));
  // It means nothing to clients: where they stand is said by the position.
  answer[asOf.localName] = '';
  return { snapshot: toJson(method.output, answer, { registry }), asOf: known };
}
