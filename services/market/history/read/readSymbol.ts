import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { type OptionSeries, occSymbol, parseOccSymbol } from '../../options/occSymbol.ts';
import { HistoryReason } from '../HistoryReason.ts';

/** An option, and its symbol as the Options Clearing Corporation writes it. */
export interface NamedOption extends OptionSeries {
  readonly symbol: string;
}

/** A symbol whose root is not padded, as it is written where blanks get in the way. */
const COMPACT = /^([A-Z0-9]{1,6}?) *(\d{6}[CP]\d{8})$/;

/** Reads a symbol, with its blanks or without. @throws RpcError INVALID_ARGUMENT (OPTION_SYMBOL_INVALID) for what is none. */
export function readSymbol(text: string): NamedOption {
  const [, root = '', rest = ''] = COMPACT.exec(text) ?? [];
  const padded = rest === '' ? text : `${root.padEnd(6)}${rest}`;
  try {
    const series = parseOccSymbol(padded);
    return { ...series, symbol: occSymbol(series) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidArgument('symbol', error.message, HistoryReason.OPTION_SYMBOL_INVALID);
  }
}
