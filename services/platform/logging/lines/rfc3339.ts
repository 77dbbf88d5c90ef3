/** A time such as "2026-01-31T12:00:00.123456789Z". @param time Nanoseconds since the epoch. */
export function rfc3339(time: bigint): string {
  const seconds = time / 1_000_000_000n;
  const fraction = (time % 1_000_000_000n).toString().padStart(9, '0');
  const whole = new Date(Number(seconds) * 1_000);
  if (Number.isNaN(whole.getTime()) || time < 0n) return '1970-01-01T00:00:00.000000000Z';
  return `${whole.toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Reads what VictoriaLogs writes: up to nine digits of a second. @returns nanoseconds since the epoch. */
export function fromRfc3339(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace(/Z$/, '').split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
