import { create, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { Contracts, MethodContract } from '@weft/mesh/contracts';
import {
  type CallContext,
  type GrpcService,
  implement,
  RpcError,
  type ServiceContext,
  Status,
} from '@weft/mesh/runtime';
import { contractsOf } from '../../../../mesh/contracts/testing/contractsOf.ts';
import { parseJwks } from '../../../../mesh/principal/index.ts';
import { HttpTestServer } from '../../../../mesh/runtime/testing/HttpTestServer.ts';
import { TestServer } from '../../../../mesh/runtime/testing/TestServer.ts';
import type { TestIdentity } from '../../../../mesh/testing/TestIdentity.ts';
import type { Asset } from '../../../kit/http/Asset.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { Caller } from '../calls/Caller.ts';
import { RateLimits } from '../calls/RateLimits.ts';
import { graphqlFace } from '../http/graphqlFace.ts';
import { KnownOperations } from '../operations/KnownOperations.ts';
import { Operations } from '../operations/Operations.ts';
import { makeSchema } from '../schema/makeSchema.ts';
import { SHOP } from './shop.ts';

/** A call that a service has been asked. */
export interface ShopCall {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: a message of any type
  readonly request: any;
  readonly metadata: CallContext['metadata'];
}

export interface ShopOptions {
  /** Who signs tokens. Default: nobody does. */
  readonly identity?: TestIdentity;
  readonly known?: KnownOperations;
  /** Default: none. */
  readonly playground?: ReadonlyMap<string, Asset>;
  /** Orders that there are. Default 50. */
  readonly orders?: number;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON, looked at field by field.
  readonly body: any;
}

/** Three services of the contracts of shop.ts, and GraphQL before them, in this process: each call is one over a socket. */
export interface Shop extends AsyncDisposable {
  readonly server: HttpTestServer;
  /** What the services have been asked, in order. */
  readonly calls: ShopCall[];
  /** Calls by their methods. */
  counts(): Record<string, number>;
  ask(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>;
}

let contracts: Contracts | undefined;

/** Made once: buf is a program. */
export function shopContracts(): Contracts {
  contracts ??= contractsOf(SHOP);
  return contracts;
}

export async function openShop({
  identity,
  known = new KnownOperations(),
  playground,
  orders = 50,
}: ShopOptions = {}): Promise<Shop> {
  const contracts = shopContracts();
  const calls: ShopCall[] = [];
  await using opened = new AsyncDisposableStack();
  const clients = new Map<string, TestServer>();
  for (const [fullName, methods] of Map.groupBy(contracts.methods, ({ service }) => service)) {
    if (!fullName.startsWith('one.v1.')) continue;
    const service = serviceOf(fullName, methods);
    const handlers = Object.fromEntries(
      methods.map((method) => [method.name, handlerOf(method, calls, orders)]),
    );
    const server = await TestServer.start(implement(service, handlers as never));
    opened.defer(() => server.stop());
    if (identity) server.environment.principals.setKeys(parseJwks(identity.jwks));
    clients.set(fullName, server);
  }
  const client = (service: GrpcService) => clients.get(service.fullName)?.client(service);
  const { http, sockets } = graphqlFace({
    operations: new Operations({
      ...{ schema: makeSchema(contracts), known, introspection: playground !== undefined },
      caller: new Caller(client as ServiceContext['client'], new RateLimits(100)),
      log: quietLog,
    }),
    ...{ playground, log: quietLog },
  });
  opened.defer(() => sockets.close());
  const server = await HttpTestServer.start([http], [], [{ path: '/graphql', access: 'public' }]);
  opened.defer(() => server.stop());
  if (identity) server.principals.setKeys(parseJwks(identity.jwks));
  const owned = opened.move();
  return {
    ...{ server, calls },
    counts: () => {
      const groups = Map.groupBy(calls, ({ method }) => method);
      return Object.fromEntries([...groups].map(([method, all]) => [method, all.length]));
    },
    async ask(query, variables = {}, headers = {}) {
      const json = {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
      };
      const body = Buffer.from(JSON.stringify({ query, variables }));
      const given = { ':method': 'POST', ...json, ...headers };
      const answer = await server.ask('/graphql', given, body);
      return { status: answer.status, body: JSON.parse(answer.body) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function serviceOf(fullName: string, methods: readonly MethodContract[]): GrpcService {
  const described = methods.map(({ name, input, output, requestStream, responseStream }) => ({
    ...{ name, requestStream, responseStream },
    ...{ requestType: typeOf(input), responseType: typeOf(output) },
  }));
  return { fullName, methods: Object.fromEntries(described.map((each) => [each.name, each])) };
}

function typeOf(schema: DescMessage) {
  return {
    encode: (message: Message) => ({ finish: () => toBinary(schema, message) }),
    decode: (bytes: Uint8Array) => fromBinary(schema, bytes),
  };
}

function handlerOf({ name, output }: MethodContract, calls: ShopCall[], orders: number) {
  const answer = (fields: object) => create(output, fields as Record<string, unknown>);
  const told = (request: ShopCall['request'], { metadata }: CallContext) =>
    calls.push({ method: name, request, metadata });
  if (name === 'WatchOrders') {
    return async function* (request: ShopCall['request'], context: CallContext) {
      told(request, context);
      for (let number = 1; number <= request.count; number++) yield answer({ number });
      if (request.count === 3) throw new RpcError(Status.UNAVAILABLE, 'the shop closes');
      if (request.count === 0) {
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        calls.push({ method: 'left', request, metadata: context.metadata });
      }
    };
  }
  const handle = HANDLERS[name];
  return async (request: ShopCall['request'], context: CallContext) => {
    told(request, context);
    return answer((await handle?.(request, orders, context)) ?? {});
  };
}

type Handle = (request: ShopCall['request'], orders: number, context: CallContext) => object;

const HANDLERS: Readonly<Record<string, Handle>> = {
  ListOrders: ({ pageSize }, orders) => ({
    orders: Array.from({ length: Math.min(pageSize || 100, orders) }, (_, index) => orderOf(index)),
  }),
  GetOrder({ orderId }) {
    if (orderId === 'broken') throw new Error('select * from secret_table');
    if (orderId === 'internal') throw new RpcError(Status.INTERNAL, 'disk /dev/sda is full');
    throw new RpcError(Status.NOT_FOUND, `no order ${orderId}`);
  },
  PlaceOrder: ({ order }, _, { metadata }) => ({
    order,
    idempotencyKey: String(metadata.get('idempotency-key')[0] ?? ''),
  }),
  // Of another order than they were asked for, and without what is not there.
  BatchGetProducts: ({ productIds }) => ({
    products: productIds
      .filter((productId: string) => productId !== 'product-gone')
      .toReversed()
      .map((productId: string) => ({ productId, title: `Title of ${productId}` })),
  }),
  GetBuyer({ buyerId }) {
    if (buyerId === 'buyer-0') throw new RpcError(Status.NOT_FOUND, 'no such buyer');
    return { buyer: { buyerId, name: `Name of ${buyerId}` } };
  },
  EchoValues: ({ values }) => ({ values, nothing: {} }),
};

function orderOf(index: number) {
  return {
    orderId: `order-${index}`,
    buyerId: `buyer-${index % 3}`,
    categoryIds: ['product-1', 'product-gone'],
    gift: index === 0 ? 'product-9' : '',
    lines: [0, 1, 2].map((line) => ({ productId: `product-${index + line}`, quantity: line })),
  };
}
