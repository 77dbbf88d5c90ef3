import { type Template, textFor } from './Template.ts';
import { CompiledTemplate, type Variables } from './TemplateEngine.ts';

/** What a template has come to. */
export interface RenderedMessage {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** Empty: there is none. */
  readonly html: string;
}

/**
 * Fills in a template, in a language.
 *
 * @throws TemplateError
 */
export function renderMessage(
  template: Template,
  locale: string,
  variables: Variables,
): RenderedMessage {
  const { subject, text, html } = textFor(template, locale);
  const fill = (source: string, isHtml = false) =>
    new CompiledTemplate(source, isHtml).render(variables);
  return {
    subject: fill(subject).replaceAll(/\s+/g, ' ').trim(),
    text: fill(text),
    html: html === '' ? '' : fill(html, true),
  };
}
