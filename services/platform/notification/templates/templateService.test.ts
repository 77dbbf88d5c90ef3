import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { errorReason } from '@weft/mesh/runtime';
import { type Template, TemplateServiceDefinition } from '@weft/proto/notification/v1/template';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { openNotification, type TestNotification } from '../testing/openNotification.ts';

const postgres = usePostgres();
let opened: TestNotification;
beforeEach(async () => {
  opened = await openNotification(await postgres.createDatabase());
});
afterEach(() => opened[Symbol.asyncDispose]());

const service = () => opened.handlers(TemplateServiceDefinition);
const make = (text: string, more: Partial<Template> = {}): Template => ({
  ...{ name: 'order.paid', version: 0, createTime: undefined },
  example: { event: { orderId: '4711', lines: [{ sku: 'A' }] } },
  texts: { en: { subject: 'Order {{ event.orderId }}', text, html: '' } },
  ...more,
});
const create = async (template: Template) =>
  service().createTemplate({ template }, opened.context());

test('a version that was saved stays, and the newest counts', async () => {
  await create(make('one'));
  await create(make('two {{ event.orderId }}'));
  const read = async (version?: number) =>
    (await service().getTemplate({ name: 'order.paid', version }, opened.context())).template;
  assert.deepEqual([(await read())?.version, (await read(1))?.version], [2, 1]);
  assert.equal((await read(1))?.texts?.en?.text, 'one');
  await assert.rejects(() => read(3), /no such version/);
  const { templates = [] } = await service().listTemplates(
    { pageSize: 1_000, pageToken: '' },
    opened.context(),
  );
  const names = templates.map(({ name, version }) => `${name} ${version}`);
  assert.ok(names.includes('order.paid 2') && names.includes('identity.verify_email 0'));
  assert.equal(names.length, new Set(names).size);
});

test('versions that are saved at the same time are all there', async () => {
  await Promise.all(Array.from({ length: 4 }, (_, index) => create(make(`text ${index}`))));
  const read = await service().getTemplate(
    { name: 'order.paid', version: undefined },
    opened.context(),
  );
  assert.equal(read.template?.version, 4);
});

test('what could not be sent is refused when it is saved', async () => {
  const refused = async (template: Template) => create(template).then(() => 'saved', errorReason);
  for (const [text, reason] of [
    ['{{ event.ordrId }}', 'VARIABLE_UNKNOWN'],
    ['{% if event.orderId == "1" %}{{ nobody }}{% endif %}', 'VARIABLE_UNKNOWN'],
    ['{% for i in (1..100000000) %}x{% endfor %}', 'TEMPLATE_TOO_COSTLY'],
    ['{% if %}', 'TEMPLATE_INVALID'],
    ['{% include "other" %}', 'TEMPLATE_INVALID'],
  ] as const) {
    assert.equal(await refused(make(text)), reason, text);
  }
  const odd = { ...make('x').texts, 'not a tag': { subject: 'x', text: 'x', html: '' } };
  assert.equal(await refused(make('x', { texts: odd })), 'TEMPLATE_INVALID');
  const german = { de: { subject: 'x', text: 'x', html: '' } };
  assert.equal(await refused(make('', { texts: german })), 'TEMPLATE_INVALID');
});

test('a preview says what would be sent, in the language that is asked for', async () => {
  const template = make('{% for line in event.lines %}{{ line.sku }};{% endfor %}', {
    texts: {
      en: { subject: 'Paid', text: 'paid {{ event.orderId }}', html: '<b>{{ event.orderId }}</b>' },
      de: { subject: 'Bezahlt', text: 'bezahlt', html: '' },
    },
  });
  const preview = (locale: string, variables?: object) =>
    service().previewTemplate(
      { source: { $case: 'template', value: template }, variables, locale },
      opened.context(),
    );
  assert.deepEqual(await preview('fr', { event: { orderId: '<1>' } }), {
    ...{ subject: 'Paid', text: 'paid <1>', html: '<b>&lt;1&gt;</b>' },
  });
  assert.equal((await preview('de-CH')).subject, 'Bezahlt');
  await assert.rejects(async () => preview('en', {}), /undefined variable/);
});
