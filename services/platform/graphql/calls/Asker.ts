import type { HttpContext, Principal } from '@weft/mesh/runtime';

/** Who has sent an operation. */
export interface Asker {
  /** On whose behalf its calls are made, at this moment; undefined: nobody's. */
  readonly principal: Principal | undefined;
  /** IP address outside of the mesh, as the edge says it; empty: not known. */
  readonly address: string;
  /** Given with mutations; undefined: none. */
  readonly idempotencyKey: string | undefined;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** The header that the edge says the address in. */
export const ADDRESS_HEADER = 'x-envoy-external-address';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** @param idempotencyKey Default: that of the header. */
export function askerOf(
  context: Pick<HttpContext, 'principal' | 'peer' | 'signal'>,
  headers: Headers,
  idempotencyKey = text(headers['idempotency-key']),
): Asker {
  // From others than the edge it would be anybody's word.
  const address = context.peer?.service === 'gateway' ? (text(headers[ADDRESS_HEADER]) ?? '') : '';
  return {
    address,
    idempotencyKey,
    signal: context.signal,
    get principal() {
      return context.principal;
    },
  };
}

function text(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
