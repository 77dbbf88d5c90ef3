/** How much of a field is shown to whoever reads about a bad row. */
const MAX_QUOTED_LENGTH = 40;

/** A text of a file, in quotes and cut to what a message may hold. */
export function quote(text: string): string {
  return shown(text, JSON.stringify);
}

/** The same of several, the first thirty. */
export function quoteAll(texts: readonly string[]): string {
  return texts.slice(0, 30).map(quote).join(', ');
}

/** A number of a file as it is written, cut in the same way. */
export function cut(text: string): string {
  return shown(text, String);
}

function shown(text: string, spell: (beginning: string) => string): string {
  const isLong = text.length > MAX_QUOTED_LENGTH;
  return `${spell(text.slice(0, MAX_QUOTED_LENGTH))}${isLong ? '...' : ''}`;
}
