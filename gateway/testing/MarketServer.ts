import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import {
  Metadata,
  Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import type { Contracts, MethodContract } from '@weft/mesh/contracts';
import { listen } from '@weft/mesh/testing/listen';

type Fields = Message & { readonly [field: string]: unknown };
type Answer = { readonly [field: string]: unknown };

/** A call as it reached the server. */
export interface Received {
  readonly path: string;
  readonly request: Fields;
  readonly metadata: Metadata;
}

const notThere = { code: status.NOT_FOUND, details: 'no such asset: NONE' };
const notGood = { code: status.UNAUTHENTICATED, details: 'the ticket is not good, or no more' };
const away = { code: status.UNAVAILABLE, details: 'the database is away' };
const broken = {
  code: status.DATA_LOSS,
  details: 'it breaks: 100%',
  metadata: Metadata.fromHttp2Headers({ 'grpc-status-details-bin': 'CA8=' }),
};

/** Of google.protobuf.Any. */
interface Detail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** Of a type that no contract has. */
const FOREIGN: Detail = {
  typeUrl: 'type.googleapis.com/elsewhere.v1.Detail',
  value: Uint8Array.of(8, 1),
};

/**
 * A plaintext gRPC server in analytics' place, which keeps what it is asked. The symbol NONE is not
 * there, the symbol HELD is answered once it is released, a stream of BREAKS fails in the end; a price below zero is
 * refused with details. In identity's place it redeems tickets. A stream of QUIET is open and says nothing. There are as many candles as are asked for.
 */
export class MarketServer {
  readonly received: Received[] = [];
  /** Access tokens by the tickets that stand for them, each once, with the path that it is for: `TICKET PATH`. */
  readonly tickets = new Map<string, string>();
  canRedeem = true;
  readonly #holding = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  readonly #contracts: Contracts;
  readonly #server = new Server();

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
    this.#unary('/market.v1.AnalyticsService/GetAssetSummary', ({ assetSymbol }) => {
      if (assetSymbol === 'NONE') return notThere;
      if (assetSymbol === 'BUSY') return this.#busy([]);
      if (assetSymbol === 'FOREIGN') return this.#busy([FOREIGN]);
      return { summary: { assetSymbol, count: 3n, last: 1.5 } };
    });
    this.#unary('/market.v1.AnalyticsService/ListCandles', ({ pageSize }) => ({
      candles: Array.from({ length: pageSize as number }, () => ({ open: 1.5, volume: 20 })),
    }));
    this.#unary('/market.v1.MarketDataService/SendMarketData', ({ price }) =>
      (price as number) < 0 ? this.#badPrice() : { success: true },
    );
    this.#stream('/market.v1.AnalyticsService/WatchAsset', ({ assetSymbol }) =>
      [1n, 2n].map((count) => ({ summary: { assetSymbol, count } })),
    );
    this.#unary('/market.v1.TradingService/StopFeed', () => ({}));
    this.#unary('/identity.v1.TicketService/RedeemTicket', ({ ticket, path }) => {
      if (!this.canRedeem) return away;
      const key = `${ticket} ${path}`;
      const accessToken = this.tickets.get(key);
      this.tickets.delete(key);
      return accessToken === undefined ? notGood : { accessToken };
    });
  }

  /** Resolves when a call of HELD is under way. */
  get isHolding(): Promise<void> {
    return this.#holding.promise;
  }

  release(): void {
    this.#released.resolve();
  }

  /** Answers the port it is on. */
  start(): Promise<number> {
    return listen(this.#server);
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #unary(path: string, answer: (request: Fields) => Answer): void {
    this.#register(
      path,
      'unary',
      async (call: ServerUnaryCall<Fields, Answer>, done: sendUnaryData<Answer>) => {
        if (call.request.assetSymbol === 'HELD') {
          this.#holding.resolve();
          await this.#released.promise;
        }
        this.received.push({ path, request: call.request, metadata: call.metadata });
        const answered = answer(call.request);
        if ('code' in answered) done(answered);
        else done(null, answered);
      },
    );
  }

  #stream(path: string, answers: (request: Fields) => Answer[]): void {
    this.#register(path, 'serverStream', (call: ServerWritableStream<Fields, Answer>) => {
      this.received.push({ path, request: call.request, metadata: call.metadata });
      const { assetSymbol } = call.request;
      if (assetSymbol === 'NONE') {
        call.emit('error', notThere);
        return;
      }
      if (assetSymbol === 'QUIET') {
        call.sendMetadata(new Metadata());
        return;
      }
      for (const answer of answers(call.request)) call.write(answer);
      if (assetSymbol === 'BREAKS') call.emit('error', broken);
      else call.end();
    });
  }

  #register(path: string, kind: 'unary' | 'serverStream', handle: unknown): void {
    const method = this.#contracts.method(path) as MethodContract;
    this.#server.register<Fields, Answer>(
      path,
      handle as UntypedHandleCall as never,
      (answer) => Buffer.from(toBinary(method.output, create(method.output, answer))),
      (bytes) => fromBinary(method.input, bytes) as Fields,
      kind,
    );
  }

  #badPrice(): Answer {
    const violation = { field: 'price', description: 'must be greater than 0' };
    return this.#refusal(status.INVALID_ARGUMENT, 'price: must be greater than 0', [
      this.#detail('google.rpc.BadRequest', { fieldViolations: [violation] }),
    ]);
  }

  /** As the runtime refuses what it has no room for. */
  #busy(more: readonly Detail[]): Answer {
    return this.#refusal(status.RESOURCE_EXHAUSTED, 'too busy', [
      this.#detail('google.rpc.ErrorInfo', { reason: 'OVERLOADED', domain: 'weft' }),
      this.#detail('google.rpc.RetryInfo', { retryDelay: { seconds: 1n } }),
      ...more,
    ]);
  }

  #refusal(code: status, message: string, details: readonly Detail[]): Answer {
    const metadata = new Metadata();
    const packed = this.#pack('google.rpc.Status', { code, message, details });
    metadata.set('grpc-status-details-bin', Buffer.from(packed));
    return { code, details: message, metadata };
  }

  #detail(type: string, fields: Answer): Detail {
    return { typeUrl: `type.googleapis.com/${type}`, value: this.#pack(type, fields) };
  }

  #pack(type: string, fields: Answer): Uint8Array {
    const schema = this.#contracts.registry.getMessage(type);
    if (!schema) throw new Error(`The image lacks ${type}.`);
    return toBinary(schema, create(schema, fields));
  }
}
