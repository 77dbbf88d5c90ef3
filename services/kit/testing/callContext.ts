import type { CallContext } from '@weft/mesh/runtime';

/** What handlers are given beside the request, as far as handlers of services look at it. */
export function callContext(signal = new AbortController().signal): CallContext {
  return { signal, sendHeader() {} } as Partial<CallContext> as CallContext;
}
