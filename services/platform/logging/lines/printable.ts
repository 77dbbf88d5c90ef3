const CONTROLS = /(?![\t\n\r])[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text with U+FFFD in the place of control characters, of those that turn the direction of text, and of halves of characters:
 * nothing that a terminal would obey. Tabs and line ends stay.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(CONTROLS, '\ufffd');
}
