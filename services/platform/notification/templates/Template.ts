import type { Variables } from './TemplateEngine.ts';

/** What a template says in one language. */
export interface TemplateText {
  /** Subject of the mail, title of what is shown in the application. */
  readonly subject: string;
  readonly text: string;
  /** The same as HTML, for mails. Empty: they have none. */
  readonly html: string;
}

/** One version of a template. It does not change. */
export interface Template {
  /** Such as "identity.verify_email". */
  readonly name: string;
  /** 0: it comes with the service. */
  readonly version: number;
  /** Its variables, each with an example. */
  readonly example: Variables;
  /** By language tags (BCP 47), such as "de"; "en" is always there. */
  readonly texts: Readonly<Record<string, TemplateText>>;
  /** Undefined: it comes with the service. */
  readonly createdAt?: Date;
}

export const DEFAULT_LOCALE = 'en';

/** The text in a language, else in the same one of elsewhere, else in English: "pt-BR", "pt", "en". */
export function textFor({ texts }: Template, locale: string): TemplateText {
  const [language = ''] = locale.split('-');
  const found = texts[locale] ?? texts[language] ?? texts[DEFAULT_LOCALE];
  if (found) return found;
  throw new Error('a template has a text in English');
}
