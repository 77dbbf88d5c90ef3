import { constants } from 'node:os';
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of "500ms", "5s", "2m" or "1h". */
export function durationOption(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (amount === undefined || factor === undefined) {
    throw new InvalidArgumentError('It is a number and a unit: 500ms, 5s, 2m, 1h.');
  }
  return Number(amount) * factor;
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('It is a number from 1 to 65535.');
  }
  return port;
}

/** "a,b" as a list. */
export function listOption(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/** A name that Consul, DNS and a SPIFFE id can all carry. */
export function serviceOption(text: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError(
      'It is 1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -.',
    );
  }
  return text;
}

/** "HUP" or "SIGHUP" as Node writes it. */
export function signalOption(text: string): NodeJS.Signals {
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  if (!Object.hasOwn(constants.signals, name)) {
    throw new InvalidArgumentError('It is the name of a signal, such as HUP.');
  }
  return name as NodeJS.Signals;
}
