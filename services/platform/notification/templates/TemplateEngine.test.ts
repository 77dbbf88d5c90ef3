import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledTemplate, holds, TemplateError } from './TemplateEngine.ts';

const render = (source: string, values = {}, isHtml = false) =>
  new CompiledTemplate(source, isHtml).render(values);
const refuses = (reason: TemplateError['reason'], work: () => unknown) =>
  assert.throws(work, (error) => error instanceof TemplateError && error.reason === reason);

test('a message says what its variables say, escaped where it is HTML', () => {
  const source = 'Hello {{ name }}{% for each in list %}, {{ each }}{% endfor %}';
  assert.equal(render(source, { name: '<b>', list: [1, 2] }), 'Hello <b>, 1, 2');
  assert.equal(render(source, { name: '<b>', list: [] }, true), 'Hello &lt;b&gt;');
});

test('a variable that there is not is refused, and no gap is sent', () => {
  refuses('VARIABLE_UNKNOWN', () => render('Hello {{ nmae }}', { name: 'Ada' }));
  refuses('VARIABLE_UNKNOWN', () => render('{{ user.age }}', { user: { name: 'Ada' } }));
  refuses('VARIABLE_UNKNOWN', () => render('{{ name.constructor }}', { name: 'Ada' }));
  const paths = new CompiledTemplate(
    '{% if a %}{{ event.id }}{% else %}{{ b.c.d }}{% endif %}{% assign own = 1 %}{{ own }}',
    false,
  ).variables;
  assert.deepEqual(paths.map((path) => path.join('.')).sort(), ['a', 'b.c.d', 'event.id']);
});

test('a loop without measure is refused before it takes the service with it', () => {
  refuses('TEMPLATE_TOO_COSTLY', () => render('{% for i in (1..100000000) %}x{% endfor %}'));
  const nested = (depth: number): string =>
    depth === 0 ? 'x' : `{% for i in (1..10) %}${nested(depth - 1)}{% endfor %}`;
  refuses('TEMPLATE_TOO_COSTLY', () => render(nested(8)));
  refuses('TEMPLATE_TOO_COSTLY', () =>
    render(`{% assign a = "xxxxxxxxxx" %}${'{% assign a = a | append: a %}'.repeat(30)}{{ a }}`),
  );
  refuses('TEMPLATE_TOO_COSTLY', () => render('x'.repeat(100_001)));
});

test('what is no template, and what reads other files, is refused', () => {
  refuses('TEMPLATE_INVALID', () => render('{% if %}'));
  refuses('TEMPLATE_INVALID', () => render('{{ "a" | shell }}'));
  refuses('TEMPLATE_INVALID', () => render('{% include "/etc/passwd" %}'));
  refuses('TEMPLATE_INVALID', () => render('{% render "service.yaml" %}'));
});

test('a condition decides by the values', () => {
  const values = { event: { status: 'success', count: 3 } };
  assert.equal(holds('event.status == "success" and event.count > 2', values), true);
  assert.equal(holds('event.status == "failure"', values), false);
  refuses('VARIABLE_UNKNOWN', () => holds('event.state == "success"', values));
});
