import type { ChainEnriched } from '@weft/proto/market/v1/enriched';

/** What a chain amounts to by itself, without those before it. */
export interface ChainMetrics
  extends Omit<ChainEnriched, 'bars' | 'session' | 'marketTime' | 'unusual'>,
    Pick<ChainEnriched, 'unusual'> {
  /** Of the market: milliseconds since the epoch. */
  readonly ms: number;
  /** IANA name: whose days the product's are. */
  readonly timeZone: string;
  /** Units of the underlying that have been traded since the chain before. */
  readonly underlyingVolume: number;
}
