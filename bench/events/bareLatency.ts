import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import type { Contender } from '../harness/Suite.ts';
import { quantile } from '../harness/statistics.ts';

const SUBJECT = 'deposited';

/** One connection publishes, another has subscribed: nothing is kept, and nothing acknowledged. */
export async function bareLatency(
  tls: string,
  servers: string,
  cleanup: AsyncDisposableStack,
): Promise<Contender> {
  const file = (name: string) => join(tls, name);
  const open = async () =>
    cleanup.adopt(
      await connect({
        servers,
        tls: {
          ...{ certFile: file('cert.pem'), keyFile: file('key.pem'), caFile: file('roots.pem') },
          // The certificate names a SPIFFE id and no host.
          ...{ checkServerIdentity: () => undefined },
        },
      }),
      (each) => each.close(),
    );
  const [publisher, subscriber] = [await open(), await open()];
  let received = () => {};
  subscriber.subscribe(SUBJECT, { callback: () => received() });
  await subscriber.flush();
  return {
    name: 'NATS core alone, from publish to subscriber',
    async turn(seconds) {
      const micros: number[] = [];
      const begin = performance.now();
      let count = 0;
      while (performance.now() - begin < seconds * 1_000) {
        const handled = Promise.withResolvers<void>();
        received = () => handled.resolve();
        const sent = performance.now();
        const message = { account: `account-${count}`, cents: 1, number: count };
        publisher.publish(SUBJECT, Deposited.encode(message).finish());
        await handled.promise;
        micros.push((performance.now() - sent) * 1_000);
        count += 1;
      }
      const value = count / ((performance.now() - begin) / 1_000);
      const extra = { 'p50 us': quantile(micros, 0.5), 'p99 us': quantile(micros, 0.99) };
      return { value, errors: 0, extra };
    },
  };
}
