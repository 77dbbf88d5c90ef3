/**
 * What a terminal acts on in place of showing it: control characters (C0, DEL, C1), with which text can move the cursor,
 * change colours, set the title or the clipboard; and those that turn the direction of writing, with which it can look
 * like other text.
 *
 * @see https://trojansource.codes
 */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}]/gu;
const LINE_BREAKS = /[\t\n\u2028\u2029]/g;

/**
 * Text with `\u001b` and the like in place of such characters, line feeds and tabs apart. That is how JSON writes them:
 * JSON stays the same value.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (letter) =>
    letter === '\n' || letter === '\t' ? letter : escaped(letter),
  );
}

/** The same without any end of a line, for what others have written into a line of ours. */
export function escapeLine(text: string): string {
  return escapeControls(text).replace(LINE_BREAKS, escaped);
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
