import { fileURLToPath } from 'node:url';
import { Contracts } from '../contracts/index.ts';

/**
 * The contracts with their comments, which are for people: services load them without.
 *
 * @param file A buf image. Default: the one that `buf generate` wrote.
 */
export function loadDocumented(file?: string): Contracts {
  return Contracts.load(file ?? fileURLToPath(import.meta.resolve('@weft/proto/documented.binpb')));
}
