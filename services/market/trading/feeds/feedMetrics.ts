import type { ServiceContext } from '@weft/mesh/runtime';

/** What feeds count under /metrics. */
export interface FeedMetrics {
  /** Ticks handed to a stream, those sent again included. */
  sent(ticks: number): void;
  /** One feed more, or less, runs. */
  running(change: 1 | -1): void;
  /** A stream has broken off or was refused, with this gRPC code. */
  broken(code: string): void;
}

export function feedMetrics(meter: ServiceContext['meter']): FeedMetrics {
  const sent = meter.createCounter('weft_trading_ticks_sent', {
    description: 'Ticks handed to a stream, those sent again included.',
  });
  const running = meter.createUpDownCounter('weft_trading_feeds_running', {
    description: 'Feeds that run or wait.',
  });
  const broken = meter.createCounter('weft_trading_streams_broken', {
    description: 'Streams that broke off or were refused.',
  });
  return {
    sent: (ticks) => sent.add(ticks),
    running: (change) => running.add(change),
    broken: (code) => broken.add(1, { code }),
  };
}
