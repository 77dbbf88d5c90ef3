import type { EchoRequest } from '@weft/proto/bench/v1/echo';
import type { Measurement } from '../harness/Suite.ts';
import { quantile } from '../harness/statistics.ts';
import type { Connected } from './UnaryPeer.ts';

export interface Load {
  readonly inFlight: number;
  readonly payloadBytes: number;
  readonly seconds: number;
}

/** Keeps `inFlight` calls under way for `seconds` and counts those that were answered rightly. */
export async function drive(connected: Connected, load: Load): Promise<Measurement> {
  const payload = Buffer.alloc(load.payloadBytes, 7);
  const latencies: number[] = [];
  let number = 0;
  let errors = 0;
  const start = performance.now();
  const end = start + load.seconds * 1_000;
  const lane = async () => {
    while (performance.now() < end) {
      const request: EchoRequest = { name: 'bench', number: ++number, payload };
      const sent = performance.now();
      try {
        const response = await connected.echo(request);
        if (response.number !== request.number || response.payload.length !== payload.length) {
          errors++;
        }
      } catch (error) {
        if (errors++ === 0) process.stderr.write(`first failed call: ${error}\n`);
      }
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, lane));
  const elapsed = (performance.now() - start) / 1_000;
  return {
    value: (latencies.length - errors) / elapsed,
    errors,
    extra: {
      'p50 us': quantile(latencies, 0.5) * 1_000,
      'p99 us': quantile(latencies, 0.99) * 1_000,
    },
  };
}
