import { create, type Message, type Registry, toJson } from '@bufbuild/protobuf';
import type { StateRoomContract } from '@weft/mesh/contracts';
import { Backoff, isRejection, RpcError, Status } from '@weft/mesh/runtime';
import type { Log } from '../../../kit/Log.ts';
import type { Beginning, Feed } from './Feed.ts';
import { type Position, Update } from './Update.ts';

/** Calls the method that feeds rooms of a kind. */
export type CallStates = (
  request: Message,
  options: { readonly signal: AbortSignal; readonly onHeader: () => void },
) => AsyncIterable<Message>;

export interface StateFeedOptions {
  /** Name of the room, such as "asset:SP500", and what of it names the thing, such as "SP500". */
  readonly room: string;
  readonly value: string;
  readonly contract: StateRoomContract;
  readonly call: CallStates;
  readonly registry: Registry;
  readonly log: Log;
  /** Called after each new state. */
  readonly onUpdate: () => void;
}

/** Revisions are the watched service's own and mean the same at all instances, for ever. */
const EPOCH = 'state';
/** A service that has something to say says it at once; else the room is joined without a state, which comes later. */
const FIRST_STATE_MS = 250;
/** A service that cannot be asked makes nobody wait longer. */
const FIRST_ANSWER_MS = 3_000;

/** The state of something, by one call for all in the room. Who is slow gets the newest. */
export class StateFeed implements Feed {
  readonly #options: StateFeedOptions;
  readonly #stop = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  #latest: Update | undefined;
  /** The same, as it is told to many. */
  #told: readonly Update[] = [];
  #hasBegun = false;
  /** What the service has refused the call with: it would again. */
  #refusal: RpcError | undefined;

  constructor(options: StateFeedOptions) {
    this.#options = options;
    setTimeout(this.#begin, FIRST_ANSWER_MS).unref();
    void this.#follow();
  }

  async ready(): Promise<void> {
    await this.#begun.promise;
    if (this.#refusal) throw this.#refusal;
  }

  begin(): Beginning {
    const { position = { epoch: EPOCH, offset: '' }, parts } = this.#latest ?? {};
    return { position, snapshot: parts?.payload ?? null };
  }

  after({ epoch, offset }: Position): readonly Update[] | undefined {
    if (epoch !== EPOCH || this.#refusal) return undefined;
    return this.#latest?.parts.offset === offset ? [] : this.#told;
  }

  close(): void {
    this.#stop.abort();
  }

  readonly #begin = (): void => {
    this.#hasBegun = true;
    this.#begun.resolve();
  };

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const { room, log } = this.#options;
    const backoff = new Backoff({ firstMs: 100, longestMs: 5_000, isSpread: true });
    while (!signal.aborted) {
      try {
        for await (const message of this.#states()) {
          this.#take(message);
          backoff.reset();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof RpcError && isFinal(error)) {
          this.#refuse(error);
          return;
        }
        log.warn({ room, reason: String(error) }, 'what feeds a room has failed');
      }
      await backoff.pause(signal).over;
    }
  }

  /** Who waits is answered so; who is in the room already is told to join it anew, and answered so then. */
  #refuse(error: RpcError): void {
    this.#refusal = error;
    this.#begin();
    this.#options.onUpdate();
  }

  #states(): AsyncIterable<Message> {
    const { contract, value, call } = this.#options;
    const { method, field, after } = contract;
    const request = create(method.input, {
      ...(field ? { [field.localName]: value } : {}),
      ...(this.#latest ? { [after.localName]: this.#latest.parts.offset } : {}),
    });
    return call(request, {
      signal: this.#stop.signal,
      onHeader: () => void setTimeout(this.#begin, FIRST_STATE_MS).unref(),
    });
  }

  #take(message: Message): void {
    const { contract, room, registry, onUpdate } = this.#options;
    const { method, revision, emit } = contract;
    const offset = (message as unknown as Record<string, string | undefined>)[revision.localName];
    // The same again says that the stream is alive, and a state without a revision that there is none yet.
    if (offset && offset !== this.#latest?.parts.offset) {
      const payload = toJson(method.output, message, { registry });
      this.#latest = new Update({ room, emit, payload, epoch: EPOCH, offset });
      this.#told = [this.#latest];
      onUpdate();
    }
    if (!this.#hasBegun) this.#begin();
  }
}

/** Whether the service would answer so again. That there is no such thing is one: who waits for it asks anew. */
function isFinal({ code }: RpcError): boolean {
  return code === Status.NOT_FOUND || isRejection(code);
}
