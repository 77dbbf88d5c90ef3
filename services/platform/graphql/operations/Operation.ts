import { type Message, toBinary } from '@bufbuild/protobuf';
import type { MethodContract } from '@weft/mesh/contracts';
import { RpcError, Status } from '@weft/mesh/runtime';
import DataLoader from 'dataloader';
import type { GraphQLError } from 'graphql';
import pLimit from 'p-limit';
import type { Log } from '../../../kit/Log.ts';
import type { Asker } from '../calls/Asker.ts';
import type { Caller } from '../calls/Caller.ts';
import { limits } from '../limits.ts';
import type { Link } from '../schema/Link.ts';
import type { Fields } from '../schema/readerOf.ts';
import { requestOfIds } from './requestOfIds.ts';
import { StreamEnd } from './StreamEnd.ts';
import { toGraphqlError } from './toGraphqlError.ts';

/** What an operation may cost at most. */
export interface Cost {
  readonly calls: number;
  readonly objects: number;
}

export interface OperationOptions {
  readonly caller: Caller;
  readonly asker: Asker;
  readonly log: Log;
  /** As it was estimated before it began. */
  readonly cost: Cost;
}

/**
 * One operation under way, and what it has been answered so far: the same question is asked once, and resources that are named on
 * one level are asked for together, by whatever aliases. Nothing of it outlives the operation, or is another's.
 */
export class Operation {
  readonly cost: Cost;
  readonly #options: OperationOptions;
  readonly #ends = Date.now() + limits.operationMs;
  readonly #reads = new Map<string, Promise<Message>>();
  readonly #loaders = new Map<string, DataLoader<string, Message | null>>();
  #calls = 0;
  #writes = 0;

  constructor(options: OperationOptions) {
    this.#options = options;
    this.cost = options.cost;
  }

  /** How many calls it has cost so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Asks a method without side effects. */
  read(method: MethodContract, request: Message): Promise<Message> {
    const bytes = Buffer.from(toBinary(method.input, request)).toString('base64');
    const question = `${method.path} ${bytes}`;
    let answer = this.#reads.get(question);
    if (!answer) {
      answer = this.#call(method, request);
      this.#reads.set(question, answer);
    }
    return answer;
  }

  /**
   * Calls a method that changes something.
   *
   * @param name By which its answer goes: where an operation changes several things, each but the first has an idempotency key of
   *   its own, made of the operation's and this.
   */
  write(method: MethodContract, request: Message, name: string): Promise<Message> {
    const { idempotencyKey: key } = this.#options.asker;
    const own = this.#writes++ === 0 ? key : key && `${key}:${name}`;
    return this.#call(method, request, own);
  }

  /** The resource with an id; null: there is none. */
  load(link: Link, id: string): Promise<Message | null> {
    let loader = this.#loaders.get(link.type);
    if (!loader) {
      const load = (ids: readonly string[]) =>
        link.ids.fieldKind === 'list' ? this.#loadMany(link, ids) : this.#loadEach(link, ids);
      const most = link.ids.fieldKind === 'list' ? link.most : Infinity;
      loader = new DataLoader(load, { maxBatchSize: most });
      this.#loaders.set(link.type, loader);
    }
    return loader.load(id);
  }

  /** Follows a method that answers a stream. What that fails with is the last that is told. */
  watch(method: MethodContract, request: Message): AsyncIterableIterator<Message | StreamEnd> {
    const { caller, asker } = this.#options;
    const stop = new AbortController();
    this.#calls++;
    const messages = caller.stream(method, request, asker, stop.signal)[Symbol.asyncIterator]();
    let ended = false;
    const end = { done: true, value: undefined } as const;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        if (ended) return end;
        try {
          const { done, value } = await messages.next();
          if (!done) return { done: false, value };
          ended = true;
          return end;
        } catch (error) {
          if (ended) return end;
          ended = true;
          return { done: false, value: new StreamEnd(error) };
        }
      },
      // A generator would wait for the message that it waits for.
      async return() {
        ended = true;
        stop.abort(new RpcError(Status.CANCELLED, 'the client has left'));
        return end;
      },
    };
  }

  /** Runs a resolver; what it fails with is told as failureOf() says. */
  async failing<Result>(resolve: () => Promise<Result> | Result): Promise<Result> {
    try {
      return await resolve();
    } catch (error) {
      throw this.failureOf(error);
    }
  }

  /** What the client is told of a failure. */
  failureOf(error: unknown): GraphQLError {
    return toGraphqlError(error, this.#options.log);
  }

  async #loadMany(link: Link, ids: readonly string[]): Promise<(Message | null)[]> {
    const answer = await this.#call(link.method, requestOfIds(link, ids));
    const found = Object(answer)[link.answer.localName] as readonly (Message & Fields)[];
    const byId = new Map(found.map((each) => [each[link.id.localName], each]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** Where the service has no method for many. */
  #loadEach(link: Link, ids: readonly string[]): Promise<(Message | Error | null)[]> {
    const limit = pLimit(limits.callsAtOnce);
    const load = async (id: string) => {
      try {
        const answer = await this.#call(link.method, requestOfIds(link, [id]));
        return (Object(answer)[link.answer.localName] as Message | undefined) ?? null;
      } catch (error) {
        if (error instanceof RpcError && error.code === Status.NOT_FOUND) return null;
        return error as Error;
      }
    };
    return Promise.all(ids.map((id) => limit(load, id)));
  }

  async #call(method: MethodContract, request: Message, idempotencyKey?: string): Promise<Message> {
    const { caller, asker } = this.#options;
    const left = this.#ends - Date.now();
    if (left <= 0) throw new RpcError(Status.DEADLINE_EXCEEDED, 'the operation has taken too long');
    this.#calls++;
    const timeoutMs = Math.min(method.timeoutMs ?? Infinity, left);
    return caller.unary(method, request, asker, { timeoutMs, idempotencyKey });
  }
}
