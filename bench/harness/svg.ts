/** A coordinate, no finer than the eye. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A text between tags. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** A figure as a label: three digits, or all of a large one's. */
export function label(value: number): string {
  if (Number.isNaN(value)) return '';
  return value.toLocaleString(
    'en-US',
    value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  );
}
