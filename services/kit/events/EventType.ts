import type { MessageType } from '@weft/mesh/runtime';

/** An event's message, as ts-proto generates it: `OrderCreated`. Its contract has the option `weft.events.v1.event`. */
export interface EventType<T> extends MessageType<T> {
  /** Full name, such as "order.v1.OrderCreated". */
  readonly $type: string;
}
