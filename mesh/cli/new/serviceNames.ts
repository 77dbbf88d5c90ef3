/** The names of a service in the places where it stands, by the placeholders of the template. */
export type ServiceNames = Readonly<Record<Placeholder, string>>;

type Placeholder =
  | 'service'
  | 'package'
  | 'words_plural'
  | 'Type'
  | 'Types'
  | 'field'
  | 'field_plural'
  | 'variable'
  | 'variable_plural'
  | 'collection';

/**
 * Derives all names from a service's own.
 *
 * @param service Such as "gift-card": then its resource is GiftCard, kept in the table gift_card, at /v1/giftCards.
 */
export function serviceNames(service: string): ServiceNames {
  const words = service.split('-').filter(Boolean);
  const many = [...words.slice(0, -1), pluralOf(words.at(-1) ?? '')];
  return {
    service,
    package: words.join('_'),
    words_plural: many.join(' '),
    Type: pascal(words),
    Types: pascal(many),
    field: words.join('_'),
    field_plural: many.join('_'),
    variable: camel(words),
    variable_plural: camel(many),
    // https://google.aip.dev/122
    collection: camel(many),
  };
}

function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

const pascal = (words: readonly string[]) =>
  words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');

function camel(words: readonly string[]): string {
  const joined = pascal(words);
  return joined.charAt(0).toLowerCase() + joined.slice(1);
}
