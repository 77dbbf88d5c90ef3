import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import type { Measurement } from '../harness/Suite.ts';

const image = fileURLToPath(new URL('../../proto/gen/image.binpb', import.meta.url));
const CONNECTIONS = 4;

export interface GhzLoad {
  /** Such as "127.0.0.1:9000". */
  readonly address: string;
  /** Folder with cert.pem, key.pem and roots.pem of the caller. */
  readonly tls: string;
  /** File with an encoded bench.v1.EchoRequest. */
  readonly request: string;
  readonly inFlight: number;
  readonly seconds: number;
}

const answer = z.object({
  count: z.number(),
  /** Nanoseconds. */
  total: z.number(),
  statusCodeDistribution: z.record(z.string(), z.number()),
  latencyDistribution: z.array(z.object({ percentage: z.number(), latency: z.number() })).nullish(),
});

/** Calls a server by ghz for some time. */
export async function loadWithGhz(
  ghz: string,
  { address, tls, request, inFlight, seconds }: GhzLoad,
  signal: AbortSignal,
): Promise<Measurement> {
  const [cert, key] = [join(tls, 'cert.pem'), join(tls, 'key.pem')];
  const { stdout } = await execa(
    ghz,
    [
      ...['--protoset', image, '--call', 'bench.v1.EchoService.Echo', '--binary-file', request],
      // The certificate names a SPIFFE id and no host.
      ...['--skipTLS', '--cert', cert, '--key', key],
      ...['--concurrency', String(inFlight), '--connections', String(CONNECTIONS)],
      ...['--duration', `${seconds}s`, '--duration-stop', 'wait', '--format', 'json', address],
    ],
    { cancelSignal: signal, stdin: 'ignore' },
  );
  const { count, total, statusCodeDistribution, latencyDistribution } = answer.parse(
    JSON.parse(stdout),
  );
  const good = statusCodeDistribution.OK ?? 0;
  const micros = (percentage: number) =>
    (latencyDistribution?.find((one) => one.percentage === percentage)?.latency ?? Number.NaN) /
    1_000;
  return {
    value: good / (total / 1e9),
    errors: count - good,
    extra: { 'p50 us': micros(50), 'p99 us': micros(99) },
  };
}
