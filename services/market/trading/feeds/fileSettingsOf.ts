import type { FileSource } from '@weft/proto/market/v1/trading';
import { lengthOf } from '../../bars/barLength.ts';
import type { FileSettings } from '../sources/file/FileSettings.ts';

/**
 * How a feed's file is to be read.
 *
 * @throws RpcError INVALID_ARGUMENT for a length that bars cannot have.
 */
export function fileSettingsOf({ assetSymbol, barLength, timeZone }: FileSource): FileSettings {
  return {
    symbol: assetSymbol,
    barLengthUs: barLength ? lengthOf(barLength, 'source.file.bar_length') : 0,
    timeZone,
  };
}
