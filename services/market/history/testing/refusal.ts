import type { RpcError } from '@weft/mesh/runtime';

/** Code and reason of what a call is refused with. @throws when it is not. */
export async function refusal(call: Promise<unknown>): Promise<[number, string | undefined]> {
  const error = await call.then(
    () => undefined,
    (reason: RpcError) => reason,
  );
  if (!error) throw new Error('the call has not been refused');
  const info = error.details?.find(({ type }) => type === 'google.rpc.ErrorInfo');
  return [error.code, (info?.value as { reason?: string } | undefined)?.reason];
}
