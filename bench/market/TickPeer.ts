import type { StreamTicksRequest } from '@weft/proto/bench/v1/ticks';

/**
 * One way to send ticks from a Node process to another, handed over one by one. A file in peers/ exports one as `peer`;
 * `receive` and `connect` run in processes of their own.
 */
export interface TickPeer {
  readonly name: string;
  /** Counts ticks. @returns what `connect` gets as its address. */
  receive(environment: TickEnvironment): Promise<string>;
  connect(environment: TickEnvironment, address: string): Promise<TickSender>;
}

export interface TickEnvironment {
  /** Folder with cert.pem, key.pem and roots.pem for both sides. */
  readonly tls: string;
  /** What the server between them listens on, for peers that need one. */
  readonly broker: string;
}

export interface TickSender {
  /**
   * Sends all ticks, as fast as the transport takes them.
   *
   * @returns how many the receiver has got.
   */
  send(ticks: Iterable<StreamTicksRequest>): Promise<number>;
}
