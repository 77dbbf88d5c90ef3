import type { DescField, DescMessage } from '@bufbuild/protobuf';

/** What the contract of one event says. */
export interface EventContract {
  /** Full name of its message, such as "order.v1.OrderCreated". */
  readonly type: string;
  /** Such as "order.created". */
  readonly subject: string;
  /** Name in Consul of the service that publishes it, such as "order". */
  readonly publisher: string;
  /** The field that names what it has happened to. */
  readonly key: DescField;
  readonly message: DescMessage;
  /** How the publisher's stream is, where it writes into that itself, without an outbox. All its events have the same. */
  readonly stream: StreamContract | undefined;
}

/** A stream of events that its publisher writes itself. */
export interface StreamContract {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** Parts that it is split into by the keys of events. */
  readonly partitions: number;
}
