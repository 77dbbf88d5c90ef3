import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { DEFAULT_LOCALE, type Template, type TemplateText } from './Template.ts';
import { CompiledTemplate, TemplateError, type Variables } from './TemplateEngine.ts';

/** Of a language and what may follow it, such as "pt-BR": BCP 47, as contracts have it too. */
const LANGUAGE_TAG = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const PARTS = ['subject', 'text', 'html'] as const;

/**
 * Refuses a template that could not be filled in: each text is, with its example, and no branch of it may name what the
 * example does not have.
 *
 * @throws RpcError INVALID_ARGUMENT with the reason of the TemplateError.
 */
export function checkTemplate({ example, texts }: Template): void {
  if (!texts[DEFAULT_LOCALE]) {
    throw invalidArgument('template.texts', 'has no text in English ("en")', 'TEMPLATE_INVALID');
  }
  for (const [locale, text] of Object.entries(texts)) {
    if (!LANGUAGE_TAG.test(locale)) {
      throw invalidArgument('template.texts', `"${locale}" is no language tag`, 'TEMPLATE_INVALID');
    }
    checkText(locale, text, example);
  }
}

function checkText(locale: string, text: TemplateText, example: Variables): void {
  for (const part of PARTS) {
    try {
      const compiled = new CompiledTemplate(text[part], part === 'html');
      for (const path of compiled.variables) assertKnown(path, example);
      compiled.render(example);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const field = `template.texts["${locale}"].${part}`;
      throw invalidArgument(field, error.message, error.reason);
    }
  }
}

/** @throws TemplateError for a variable that there is not. Inside of lists, what matters is what is filled in. */
export function assertKnown(path: readonly (string | number)[], known: unknown): void {
  let value = known;
  for (const name of path) {
    if (Array.isArray(value)) return;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      throw new TemplateError('VARIABLE_UNKNOWN', `there is no variable ${path.join('.')}`);
    }
    value = (value as Record<string | number, unknown>)[name];
  }
}
