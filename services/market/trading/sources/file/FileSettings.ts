import type { Micros } from '../../../../kit/time.ts';

/** How a file is to be read. */
export interface FileSettings {
  readonly symbol: string;
  /** Of its bars; a month counts as 31 days. 0: found from its times. */
  readonly barLengthUs: Micros;
  /** IANA name of the zone of times that name none. Empty: UTC. */
  readonly timeZone: string;
}
