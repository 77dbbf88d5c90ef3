import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { EventContract } from '@weft/mesh/contracts';
import type { Rule } from '@weft/proto/notification/v1/rule';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { assertKnown } from '../templates/checkTemplate.ts';
import type { Template } from '../templates/Template.ts';
import { CompiledTemplate, TemplateError } from '../templates/TemplateEngine.ts';
import { userVariables } from '../templates/userVariables.ts';

/**
 * Refuses a rule that could make nothing of its event.
 *
 * @throws RpcError INVALID_ARGUMENT.
 */
export function checkRule(rule: Rule, { message }: EventContract, template: Template): void {
  const isForUser = rule.userField !== '';
  if (isForUser) assertUserField(rule.userField, message);
  const event = messageExample(message, new Set());
  const { condition } = rule;
  check('rule.condition', 'CONDITION_INVALID', () => {
    if (condition === '') return;
    if (condition.includes('%}')) throw new TemplateError('TEMPLATE_INVALID', 'is no condition');
    const compiled = new CompiledTemplate(`{% if ${condition} %}{% endif %}`, false);
    for (const path of compiled.variables) assertKnown(path, { event });
  });
  for (const text of Object.values(template.texts)) {
    for (const [part, source] of Object.entries(text)) {
      check('rule.template', undefined, () => {
        const compiled = new CompiledTemplate(source, part === 'html');
        for (const path of compiled.variables) {
          assertKnown(path, { event, ...(isForUser && { user: userVariables() }) });
        }
      });
    }
  }
}

function assertUserField(userField: string, message: DescMessage): void {
  const field = message.fields.find(({ name }) => name === userField);
  if (field?.fieldKind === 'scalar') return;
  const described = `is no field of ${message.typeName} that holds an id`;
  throw invalidArgument('rule.user_field', described, 'FIELD_UNKNOWN');
}

/** @param reason Of the refusal; undefined: the template's own. */
function check(field: string, reason: string | undefined, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { reason: own, message } = error;
    throw invalidArgument(field, message, own === 'VARIABLE_UNKNOWN' ? own : (reason ?? own));
  }
}

/** What an event's JSON has, without values. */
function messageExample(message: DescMessage, above: ReadonlySet<DescMessage>): unknown {
  // A message in itself: how deep it is, only an event says.
  if (above.has(message) || message.typeName.startsWith('google.protobuf.')) return [];
  const inside = new Set([...above, message]);
  return Object.fromEntries(
    message.fields.map((field) => [field.jsonName, exampleOf(field, inside)]),
  );
}

function exampleOf(field: DescField, above: ReadonlySet<DescMessage>): unknown {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return [];
  return field.fieldKind === 'message' ? messageExample(field.message, above) : '';
}
