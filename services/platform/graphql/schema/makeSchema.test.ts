import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { buildSchema } from 'graphql';
import { contractsOf } from '../../../../mesh/contracts/testing/contractsOf.ts';
import { shopContracts } from '../testing/openShop.ts';
import { makeSchema } from './makeSchema.ts';
import { breakingChanges, printed } from './schemaChanges.ts';

test('the schema has the methods that are open, by their kinds, and what else contracts say of it', () => {
  const schema = makeSchema(shopContracts());
  const fields = (type: typeof schema.getQueryType) =>
    Object.keys(type.call(schema)?.getFields() ?? {});
  assert.deepEqual(fields(schema.getQueryType).sort(), [
    ...['batchGetProducts', 'getBuyer', 'getOrder', 'listOrders', 'values'],
  ]);
  assert.deepEqual(fields(schema.getMutationType), ['placeOrder']);
  assert.deepEqual(fields(schema.getSubscriptionType), ['watchOrders']);
  const text = printed(schema);
  assert.match(text, /^type OrderLine \{[^}]*\n {2}product: Product\n {2}productId: String!/m);
  assert.match(text, /^ {2}giftProduct: Product$/m);
  assert.match(text, /^ {2}categories: \[Product\]!$/m);
  assert.match(text, /^ {2}listOrders\(pageSize: Int, pageToken: String\): ListOrdersResponse$/m);
});

test('of two types with one name one has its package before it, unless the contract gives it a name', () => {
  const make = (option: string) =>
    printed(
      makeSchema(
        contractsOf(`
          service S {
            option (weft.policy.v1.service) = {mesh_service: "s"};
            rpc Do(DoRequest) returns (DoResponse) {
              option (weft.policy.v1.method) = {access: ACCESS_PUBLIC};
            }
          }
          message DoRequest {}
          message DoResponse { Outer.Inner a = 1; OuterInner b = 2; Query c = 3; }
          message Outer { message Inner { string x = 1; } }
          message OuterInner { ${option} string y = 1; }
          message Query { string z = 1; }`),
      ),
    );
  const usual = make('');
  assert.match(usual, /^ {2}a: OuterInner$/m);
  assert.match(usual, /^ {2}b: OneV1OuterInner$/m);
  assert.match(usual, /^ {2}c: OneV1Query$/m);
  const named = make('option (weft.graphql.v1.message) = {name: "Better"};');
  assert.match(named, /^ {2}b: Better$/m);
});

test('a change that takes something from clients is told by name, and one that adds is not', () => {
  const before = buildSchema('type Query { a(b: Int): String c: Int! }');
  assert.deepEqual(
    breakingChanges(before, buildSchema('type Query { a(b: Int, d: Int): String c: Int! e: Int }')),
    [],
  );
  const [problem, ...others] = breakingChanges(
    before,
    buildSchema('type Query { a: String c: Int! }'),
  );
  assert.match(String(problem), /breaks what clients know: .*Query\.a.* arg b was removed/);
  assert.deepEqual(others, []);
});

test('the contracts of the mesh make a schema that breaks nothing of the last release', () => {
  const schema = makeSchema(Contracts.load());
  const released = Contracts.load(
    new URL('../../../../proto/released.binpb', import.meta.url).pathname,
  );
  assert.deepEqual(breakingChanges(makeSchema(released), schema), []);
  assert.ok(schema.getQueryType()?.getFields().getAssetSummary);
});
