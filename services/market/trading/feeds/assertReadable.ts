import { RpcError, Status } from '@weft/mesh/runtime';
import { BadRows } from '@weft/proto/market/v1/trading';
import type { FileFacts } from '../sources/file/FileFacts.ts';

const SHOWN = 3;

/** @throws RpcError INVALID_ARGUMENT that names the rows that cannot be read, unless they may be skipped. */
export function assertReadable({ badRowCount, badRows }: FileFacts, policy: BadRows): void {
  if (badRowCount === 0 || policy === BadRows.SKIP) return;
  const more = badRowCount > SHOWN ? `; and ${badRowCount - SHOWN} more` : '';
  throw new RpcError(
    Status.INVALID_ARGUMENT,
    `the file has rows that cannot be read: ${badRows.slice(0, SHOWN).join('; ')}${more}`,
    {
      details: [
        {
          type: 'google.rpc.BadRequest',
          value: {
            fieldViolations: badRows.map((description) => ({
              field: 'source.file.file_id',
              description,
              reason: 'BAD_ROW',
              localizedMessage: undefined,
            })),
          },
        },
      ],
    },
  );
}
