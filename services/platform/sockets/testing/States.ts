import { create, type Message } from '@bufbuild/protobuf';
import { Contracts } from '@weft/mesh/contracts';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { Latest } from '../../../kit/Latest.ts';
import type { CallStates } from '../rooms/StateFeed.ts';
import type { Client } from './Client.ts';

const asset = Contracts.load().rooms.get('asset');
if (asset?.kind !== 'state') throw new Error('there are no rooms of assets');
const { output } = asset.method;

/** The watched service: states of all assets, as it is asked for them. */
export class States {
  readonly calls: { readonly symbol: string; readonly after: string; isOpen: boolean }[] = [];
  readonly #streams = new Map<string, Set<Latest<Message>>>();
  readonly #refused = new Set<string>();
  readonly #states = new Map<string, Message>();

  /** @param filling Makes the state as large as is wanted. */
  put(symbol: string, revision: number, filling = ''): void {
    const summary = { assetSymbol: symbol + filling, count: BigInt(revision) };
    const state = create(output, { summary, revision: String(revision) } as never) as Message;
    this.#states.set(symbol, state);
    for (const stream of this.#streams.get(symbol) ?? []) stream.put(state);
  }

  /** Ends all calls, as the death of the service does. */
  fail(): void {
    for (const streams of this.#streams.values()) {
      for (const stream of streams) stream.fail(new RpcError(Status.UNAVAILABLE, 'gone'));
    }
  }

  /** Ends the calls of one, and all that come, as a service does that has no such thing (any more). */
  refuse(symbol: string): void {
    this.#refused.add(symbol);
    for (const stream of this.#streams.get(symbol) ?? []) stream.fail(refusal());
  }

  readonly call: CallStates = async function* (
    this: States,
    request: Message,
    { signal, onHeader }: Parameters<CallStates>[1],
  ) {
    const { assetSymbol: symbol, after } = request as Message & Record<string, string>;
    if (symbol === undefined || symbol.length > 32) {
      throw new RpcError(Status.INVALID_ARGUMENT, 'asset_symbol is too long');
    }
    if (this.#refused.has(symbol)) throw refusal();
    const stream = new Latest<Message>();
    const streams = this.#streams.get(symbol) ?? new Set();
    this.#streams.set(symbol, streams.add(stream));
    signal.addEventListener('abort', () => stream.end());
    const call = { symbol, after: after ?? '', isOpen: true };
    this.calls.push(call);
    const state = this.#states.get(symbol);
    if (state) stream.put(state);
    onHeader();
    try {
      yield* stream;
    } finally {
      call.isOpen = false;
      streams.delete(stream);
    }
  }.bind(this);
}

const refusal = () =>
  new RpcError(Status.NOT_FOUND, 'there is no such asset', {
    details: [errorInfo('ASSET_UNKNOWN')],
  });

/** Of the states that a client has been told. */
export const revisions = ({ told }: Client) => told.map(({ payload }) => Number(payload.revision));
