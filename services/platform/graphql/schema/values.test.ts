import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openShop } from '../testing/openShop.ts';

const ALL = `large larger small number short truth text bytes color maybe left right
  counts { key value } numbers time duration mask data wrapped colors`;

test('values of all types come back as they were given, 64 bits whole', async () => {
  await using shop = await openShop();
  const given = {
    large: '9007199254740993',
    larger: '18446744073709551615',
    small: 4294967295,
    number: 0.1,
    short: 0.1,
    truth: true,
    text: 'Grüße 🙂',
    bytes: 'AP/+',
    color: 'COLOR_BLUE',
    maybe: 0,
    right: '-9007199254740993',
    counts: [{ key: 'a', value: '9007199254740993' }],
    numbers: [1.5, -0.25],
    time: '2026-12-18T21:00:00.123456Z',
    duration: '1.500s',
    mask: 'displayName,price.minorUnits',
    data: { any: [1, 'two', null, { deep: true }] },
    wrapped: '9007199254740993',
    colors: ['COLOR_RED', 'COLOR_BLUE'],
  };
  const query = `query ($values: ValuesInput) { values(values: $values) { values { ${ALL} inner { large } } } }`;
  const { body } = await shop.ask(query, { values: { ...given, inner: { large: 7 } } });
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  const { values } = body.data.values;
  assert.deepEqual(values, { ...given, left: null, inner: { large: '7' } });
});

test('a number of 64 bits may stand in the query itself, as a number or a text', async () => {
  await using shop = await openShop();
  const { body } = await shop.ask(
    '{ values(values: {large: 9007199254740993, larger: "9007199254740993"}) { values { large larger } } }',
  );
  assert.deepEqual(body.data.values.values, {
    large: '9007199254740993',
    larger: '9007199254740993',
  });
});

test('what is not said has the default of its type, and is null only where the contract knows absence', async () => {
  await using shop = await openShop();
  const { body } = await shop.ask(
    `{ values(values: {text: null}) { values { ${ALL} inner { text } } nothing { _ } } }`,
  );
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  assert.deepEqual(body.data.values.nothing, { _: null });
  assert.deepEqual(body.data.values.values, {
    ...{
      large: '0',
      larger: '0',
      small: 0,
      number: 0,
      short: 0,
      truth: false,
      text: '',
      bytes: '',
    },
    ...{ color: 'COLOR_UNSPECIFIED', counts: [], numbers: [], colors: [] },
    ...{ maybe: null, left: null, right: null, time: null, duration: null, mask: null },
    ...{ data: null, wrapped: null, inner: null },
  });
});

test('values that are none of their type are refused before any call, and say where', async () => {
  await using shop = await openShop();
  const query = 'query ($values: ValuesInput) { values(values: $values) { values { text } } }';
  for (const values of [
    { large: '9223372036854775808' },
    { large: 9007199254740992 },
    { larger: -1 },
    { small: 4294967296 },
    { color: 'COLOR_GREEN' },
    { color: 1 },
    { time: 'yesterday' },
    { duration: '5 minutes' },
    { bytes: '*' },
    { unknown: 1 },
    { left: 'a', right: '1' },
    {
      counts: [
        { key: 'a', value: 1 },
        { key: 'a', value: 2 },
      ],
    },
  ]) {
    const { body } = await shop.ask(query, { values });
    const [error] = body.errors;
    assert.equal(error.extensions.code, 'INVALID_ARGUMENT', JSON.stringify(body));
  }
  assert.deepEqual(shop.counts(), {});
});
