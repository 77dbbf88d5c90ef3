import { jetstream } from '@nats-io/jetstream';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { publishedSubject } from '../../mesh/events/index.ts';
import type { TestNats } from '../../mesh/testing/TestNats.ts';
import type { Contender } from '../harness/Suite.ts';

/** Published and not yet acknowledged: as many as the relay sends. */
const IN_FLIGHT = 500;
const KEYS = 64;

/** JetStream takes messages of the same payload into such a stream. Nobody reads them. */
export async function bareStream(
  nats: TestNats,
  cleanup: AsyncDisposableStack,
): Promise<Contender> {
  const connection = cleanup.adopt(await nats.connect('testing-ledger'), (each) => each.close());
  const js = jetstream(connection);
  return {
    name: 'JetStream publish alone, pipelined',
    async turn(seconds) {
      const begin = performance.now();
      const end = begin + seconds * 1_000;
      let [count, errors] = [0, 0];
      const send = async () => {
        while (performance.now() < end) {
          const number = count;
          count += 1;
          const account = `account-${number % KEYS}`;
          const payload = Deposited.encode({ account, cents: 1, number }).finish();
          const subject = publishedSubject('testing-ledger.deposited', account);
          await js.publish(subject, payload).catch(() => {
            errors += 1;
          });
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, send));
      return { value: count / ((performance.now() - begin) / 1_000), errors };
    },
  };
}
