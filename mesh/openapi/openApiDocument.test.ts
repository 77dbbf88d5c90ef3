import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toJson } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { validate as validateByReadme } from '@readme/openapi-parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { type Access, Contracts } from '../contracts/index.ts';
import { arbitraryMessage } from '../runtime/testing/arbitraryMessage.ts';
import { buildRules, EVERY_RULE } from '../testing/rules.ts';
import { openApiDocument } from './index.ts';
import { loadDocumented } from './loadDocumented.ts';
import { headerParameters } from './parameters.ts';
import { SchemaBook } from './SchemaBook.ts';
import { securityOf } from './security.ts';

const contracts = loadDocumented();
const whole = openApiDocument(contracts, { version: '1.2.3' });
const plain = () => JSON.parse(JSON.stringify(whole));

test('two checkers that know nothing of each other find no fault in the document', async () => {
  assert.deepEqual(await new Validator().validate(plain()), { valid: true });
  const { valid, warnings } = await validateByReadme(plain());
  assert.deepEqual({ valid, warnings }, { valid: true, warnings: [] });
});

test('a caller is told path, rules, types as JSON has them, limits and each error', () => {
  const candles = whole.paths['/v1/assets/{assetSymbol}/candles']?.get;
  assert.ok(candles);
  const named = Object.fromEntries(candles.parameters?.map((one) => [one.name, one]) ?? []);
  assert.deepEqual(named.assetSymbol?.schema, { type: 'string', minLength: 1, maxLength: 32 });
  assert.equal(named.assetSymbol?.required, true);
  assert.equal(named.pageSize?.schema.maximum, 1_000);
  assert.match(named.interval?.description ?? '', /Length of a candle/);
  assert.deepEqual(candles['x-weft-rate-limit'], { requests: 500, perSeconds: 5 });
  for (const status of ['400', '404', '429', '503', '504']) assert.ok(candles.responses[status]);
  const count = whole.components.schemas['market.v1.Candle']?.properties?.count;
  assert.equal(count?.type, 'string', '64-bit integers are strings');
});

test('who may call is said: users, their roles, API keys, and what these must be good for', () => {
  const names = { roles: ['admin'], scopes: ['order.read'] };
  const of = (access: Access, takesTicket = false) => securityOf({ access, ...names }, takesTicket);
  assert.deepEqual(of('public'), []);
  assert.deepEqual(of('user'), [{ bearer: [] }]);
  assert.deepEqual(of('role'), [{ bearer: ['admin'] }]);
  assert.deepEqual(of('api_key'), [{ apiKey: ['order.read'] }]);
  assert.deepEqual(of('user_or_api_key'), [{ bearer: ['admin'] }, { apiKey: ['order.read'] }]);
  assert.deepEqual(of('public', true), []);
  assert.deepEqual(of('role', true), [{ bearer: ['admin'] }, { ticket: ['admin'] }]);
});

test('a stream that a browser may open takes a ticket in the query, and nothing else does', () => {
  const taking = Object.entries(whole.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).flatMap(([verb, { security }]) =>
      security.some((one) => 'ticket' in one) ? [`${verb} ${path}`] : [],
    ),
  );
  assert.ok(taking.includes('get /v1/inbox:watch'), taking.join());
  const streams = Object.entries(whole.paths).flatMap(([path, { get }]) =>
    get?.security.length && get.responses['200']?.content?.['text/event-stream']
      ? [`get ${path}`]
      : [],
  );
  assert.deepEqual(taking, streams);
  assert.partialDeepStrictEqual(whole.components.securitySchemes, {
    ticket: { type: 'apiKey', in: 'query', name: 'ticket' },
  });
});

test('a call that is done once by its key asks for the key', () => {
  const [key] = headerParameters({ idempotencyKey: 'required' });
  assert.deepEqual([key?.name, key?.in, key?.required], ['Idempotency-Key', 'header', true]);
  assert.equal(headerParameters({ idempotencyKey: 'accepted' })[0]?.required, false);
  assert.deepEqual(headerParameters({ idempotencyKey: 'ignored' }), []);
});

test('a stream is server-sent events, each a message', () => {
  const watch = whole.paths['/v1/assets/{assetSymbol}:watch']?.get;
  assert.deepEqual(Object.keys(watch?.responses['200']?.content ?? {}), ['text/event-stream']);
});

test('methods that are closed to the outside are not spoken of', () => {
  const text = JSON.stringify(whole);
  assert.ok(!text.includes('TradingService_UploadFile'), 'a method');
  assert.ok(!text.includes('market.v1.WatchFeedResponse'), 'a message');
});

test('a group is a document of its own; an unknown one is refused with those that there are', () => {
  const market = openApiDocument(contracts, { version: '1', group: 'market' });
  const identity = openApiDocument(contracts, { version: '1', group: 'identity' });
  assert.ok('/v1/assets' in market.paths && '/v1/auth/login' in identity.paths);
  assert.partialDeepStrictEqual(whole.paths, { ...market.paths, ...identity.paths });
  assert.ok(!Object.keys(market.paths).some((path) => path in identity.paths));
  assert.throws(
    () => openApiDocument(contracts, { version: '1', group: 'shoes' }),
    /no open method is of the group "shoes"; groups: .*market/,
  );
});

test('without comments, as services load it, the image gives the same paths', () => {
  const bare = openApiDocument(Contracts.load(), { version: '1' });
  assert.deepEqual(Object.keys(bare.paths), Object.keys(whole.paths));
});

const { registry, types } = buildRules(EVERY_RULE);
const { validate } = createValidator({ registry });
const book = new SchemaBook();
for (const type of types) book.message(type);
const ajv = addFormats.default(new Ajv2020({ strict: false }));
// Words of OpenAPI's, and one that this checker takes more narrowly than RFC 5321.
for (const format of ['double', 'float', 'int32', 'int64', 'uint64', 'email'])
  ajv.addFormat(format, true);
ajv.addSchema({ $id: 'https://weft.test/', components: { schemas: book.schemas } });

/** Of two NaN in a list JSON makes equal strings. */
const BEYOND_JSON = new Set(['UniqueDouble']);

for (const type of types) {
  test(`${type.name}: what the rules let pass the schema lets pass`, () => {
    const fits = ajv.getSchema(`https://weft.test/#/components/schemas/${type.typeName}`);
    assert.ok(fits);
    fc.assert(
      fc.property(arbitraryMessage(type), (message) => {
        if (BEYOND_JSON.has(type.name) || validate(type, message).kind !== 'valid') return;
        const json = toJson(type, message, { registry, alwaysEmitImplicit: true });
        assert.ok(fits(json), `${JSON.stringify(json)}: ${ajv.errorsText(fits.errors)}`);
      }),
      { numRuns: 200 },
    );
  });
}

/** Where JSON Schema has the very words, what the rules refuse is refused: a client finds out before it calls. */
for (const name of ['DoubleRange', 'Int32Range', 'StringLength', 'StringIn', 'Items', 'Choice']) {
  test(`${name}: what the rules refuse the schema refuses`, () => {
    const type = types.find((one) => one.name === name);
    const fits = ajv.getSchema(`https://weft.test/#/components/schemas/rules.${name}`);
    assert.ok(type && fits);
    fc.assert(
      fc.property(arbitraryMessage(type), (message) => {
        if (validate(type, message).kind !== 'invalid') return;
        assert.ok(!fits(toJson(type, message, { registry })));
      }),
      { numRuns: 200 },
    );
  });
}

test('no two paths differ in the names of their variables alone, for tools take them for one', () => {
  const { paths } = openApiDocument(loadDocumented(), { version: '1.0.0' });
  const shapes = Object.keys(paths).map((path) => path.replace(/\{[^}]+\}/g, '{}'));
  assert.deepEqual(shapes.sort(), [...new Set(shapes)].sort());
  for (const path of Object.keys(paths)) assert.doesNotMatch(path, /\{[^}]*\./, path);
});
