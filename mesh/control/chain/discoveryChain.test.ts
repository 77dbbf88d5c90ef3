import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { TestConsul } from '../../testing/TestConsul.ts';
import { routingEntries } from '../testing/sampleRouting.ts';
import { makeRouteTable } from './makeRouteTable.ts';

/** The parts of an answer of `/v1/discovery-chain/:service` that are compared. */
interface Chain {
  readonly StartNode: string;
  readonly Nodes: Readonly<Record<string, ChainNode>>;
}
interface ChainNode {
  readonly Routes?: readonly { readonly NextNode: string }[];
  readonly Splits?: readonly { readonly Weight?: number; readonly NextNode: string }[];
  readonly Resolver?: {
    readonly Target: string;
    readonly Failover?: { readonly Targets: readonly string[] };
  };
}

const SERVICES = ['a', 'b', 'c'];
const service = fc.constantFrom(...SERVICES);
const Subsets = { v1: { Filter: 'Service.Port == 1' }, v2: { Filter: 'Service.Port == 2' } };
const subset = fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined });
const place = fc.record({ Service: service, ServiceSubset: subset });
const resolver = fc.oneof(
  { weight: 1, arbitrary: fc.record({ Redirect: place }) },
  {
    weight: 4,
    arbitrary: fc.record({
      Subsets: fc.constant(Subsets),
      DefaultSubset: subset,
      Failover: fc.option(
        fc.dictionary(
          fc.constantFrom('*', 'v1', 'v2'),
          fc.oneof(place, fc.record({ Targets: fc.array(place, { minLength: 1, maxLength: 3 }) })),
        ),
        { nil: undefined },
      ),
    }),
  },
);
const splitter = fc
  .tuple(fc.integer({ min: 0, max: 10_000 }), place, place)
  .map(([weight, one, two]) => ({
    Splits: [
      { Weight: weight / 100, ...one },
      { Weight: (10_000 - weight) / 100, ...two },
    ],
  }));
const router = fc.array(place, { minLength: 1, maxLength: 2 }).map((destinations) => ({
  Routes: destinations.map((Destination, at) => ({
    Match: { HTTP: { PathPrefix: `/${at}` } },
    Destination,
  })),
}));
const KINDS = ['resolver', 'splitter', 'router'] as const;
const entries = fc.record({
  resolver: fc.dictionary(service, resolver),
  splitter: fc.dictionary(service, splitter),
  router: fc.dictionary(service, router),
});

/** Consul writes "v1.a.default.default.dc1" for what we call "a/v1". */
function nameOf(target: string): string {
  const [first = '', second = '', third] = target.split('.');
  return third === 'default' && second !== 'default' ? `${second}/${first}` : first;
}

/** Each route of the chain: who gets how many of 10,000 calls, and where they go when it is down. */
function readChain({ StartNode, Nodes }: Chain): string[][] {
  const node = (name: string): ChainNode => Nodes[name] ?? {};
  const shares = (name: string): string[] => {
    const { Splits, Resolver } = node(name);
    if (Resolver) return [`${inTurn(Resolver)} 10000`];
    const sums = new Map<string, number>();
    for (const { Weight = 0, NextNode } of Splits ?? []) {
      const resolved = node(NextNode).Resolver;
      assert.ok(resolved, 'Consul flattens splitters');
      const who = inTurn(resolved);
      sums.set(who, (sums.get(who) ?? 0) + Math.round(Weight * 100));
    }
    return [...sums].map(([who, weight]) => `${who} ${weight}`).sort();
  };
  const start = node(StartNode);
  return start.Routes ? start.Routes.map((one) => shares(one.NextNode)) : [shares(StartNode)];
}

function inTurn({ Target, Failover }: NonNullable<ChainNode['Resolver']>): string {
  // Consul also lists the target itself, or one twice, where a redirect leads back to it.
  const targets = new Set([Target, ...(Failover?.Targets ?? [])].map(nameOf));
  return [...targets].join(' then ');
}

function readTable(name: string, raw: Record<(typeof KINDS)[number], Record<string, object>>) {
  const { table, unresolved } = makeRouteTable(
    name,
    [],
    routingEntries({ routers: raw.router, splitters: raw.splitter, resolvers: raw.resolver }),
  );
  assert.deepEqual(unresolved, []);
  return table.routes.map(({ destinations }) =>
    destinations
      .map(({ target, weight }) => {
        const failover = table.targets[target]?.failover ?? [];
        return `${[target, ...failover].join(' then ')} ${weight}`;
      })
      .sort(),
  );
}

describe("our evaluation and Consul's own compiled chain", { timeout: 120_000 }, () => {
  let consul: TestConsul;
  before(async () => {
    consul = await TestConsul.start();
    const global = { Kind: 'proxy-defaults', Name: 'global', Config: { protocol: 'grpc' } };
    await consul.configure(global);
  });
  after(() => consul?.stop());

  async function clear(): Promise<void> {
    // What leads to others goes first: Consul keeps what is still needed.
    for (const kind of [...KINDS].reverse()) {
      for (const name of SERVICES) {
        await consul.forget(`service-${kind}`, name).catch(() => {});
      }
    }
    for (const name of SERVICES) await consul.forget('service-resolver', name);
  }

  test('send the same calls to the same instances, whatever entries Consul accepts', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(entries, async (wanted) => {
        await clear();
        const written: Parameters<typeof readTable>[1] = { resolver: {}, splitter: {}, router: {} };
        for (const kind of KINDS) {
          for (const [Name, body] of Object.entries(wanted[kind])) {
            const isAccepted = await consul
              .configure({ Kind: `service-${kind}`, Name, ...body })
              .then(() => true)
              .catch(() => false);
            if (isAccepted) written[kind][Name] = body;
          }
        }
        for (const name of SERVICES) {
          const { value } = await consul.client.read<{ Chain: Chain }>(`/discovery-chain/${name}`);
          assert.deepEqual(readTable(name, written), readChain(value.Chain));
          compared += 1;
        }
      }),
      { numRuns: 60, seed: 20_261_121 },
    );
    assert.ok(compared >= 180);
  });
});
