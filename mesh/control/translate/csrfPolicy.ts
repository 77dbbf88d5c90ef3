import type { PackedAny } from '../xds/encode.ts';
import { typedStruct } from './protoStruct.ts';

/**
 * Lets pages of these origins write, besides those of the edge's own. CORS alone keeps no page of another origin from
 * writing, only from reading the answer: a browser sends a POST without asking first if its body says that it is plain
 * text, and the edge takes it for JSON. CsrfPolicy is not in the bundled protos: hence a struct.
 *
 * @param origins Such as "https://app.example.com"; "*" for any.
 */
export function csrfPolicy(origins: readonly string[]): PackedAny {
  const percent = origins.includes('*') ? 0 : 100;
  return typedStruct('envoy.extensions.filters.http.csrf.v3.CsrfPolicy', {
    filter_enabled: { default_value: { numerator: percent, denominator: 'HUNDRED' } },
    // Envoy compares hosts and ports only.
    additional_origins: origins
      .filter((origin) => origin !== '*')
      .map((origin) => ({ exact: new URL(origin).host })),
  });
}
