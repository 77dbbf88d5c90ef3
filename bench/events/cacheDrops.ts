import { Deposited } from '@weft/proto/testing/v1/ledger';
import { Caches } from '../../services/kit/cache/Caches.ts';
import { onCommitted, transact } from '../../services/kit/database/transact.ts';
import { on } from '../../services/kit/events/on.ts';
import { openMember, type TestMember } from '../../services/kit/testing/openMember.ts';
import { query } from '../../services/kit/testing/query.ts';
import { quietLog } from '../../services/kit/testing/quietLog.ts';
import { onServer } from '../../services/kit/testing/templateDatabase.ts';
import type { Contender } from '../harness/Suite.ts';
import { quantile } from '../harness/statistics.ts';
import { LEASE_MS, type WeftEventsOptions } from './WeftEvents.ts';

const CHANNEL = 'weft_cache';
const ACCOUNT = 'account';

/**
 * Two instances of a service keep a value in a cache; an event of another service, which one of them handles, drops it at
 * both. One event after the other, from its commit until neither has the value.
 */
export async function cacheDrops(
  { nats, contracts, postgresUrl, migrations }: WeftEventsOptions,
  cleanup: AsyncDisposableStack,
): Promise<Contender> {
  const databaseOf = async (service: string) => {
    const name = `bench_cache_${service.replaceAll('-', '_')}`;
    await query(postgresUrl, `create database ${name}`);
    return onServer(postgresUrl, name);
  };
  const shared = { contracts, nats, migrations, leaseMs: LEASE_MS };
  const [ledgerUrl, readerUrl] = [await databaseOf('testing-ledger'), await databaseOf('reader')];
  const ledger = cleanup.use(
    await openMember<unknown>({ ...shared, service: 'testing-ledger', databaseUrl: ledgerUrl }),
  );
  let mayBeGone = () => {};
  const openReader = async (instance: number) => {
    const options = { ...shared, service: 'reader', instance, databaseUrl: readerUrl };
    let drop: (transaction: object) => void = () => {};
    const consumers = [
      on<Deposited, unknown>(Deposited, async (_, { transaction }) => {
        drop(transaction);
        onCommitted(transaction, mayBeGone);
      }),
    ];
    const member = cleanup.use(await openMember<unknown>({ ...options, consumers }));
    const cache = openCache(member, contracts);
    drop = (transaction) => cache.invalidate([ACCOUNT], transaction);
    member.watch.listen(CHANNEL, () => mayBeGone());
    return cache;
  };
  const caches = [await openReader(1), await openReader(2)];
  let number = 0;
  const dropOnce = async () => {
    await Promise.all(caches.map((each) => each.get(ACCOUNT)));
    const gone = Promise.withResolvers<void>();
    mayBeGone = () => {
      if (caches.every(({ size }) => size === 0)) gone.resolve();
    };
    number += 1;
    await transact(ledger.database, (transaction) =>
      ledger.events.add(transaction, Deposited, { account: ACCOUNT, cents: 1, number }),
    );
    const committed = performance.now();
    await gone.promise;
    return (performance.now() - committed) * 1_000;
  };
  return {
    name: 'Weft, two instances',
    async turn(seconds) {
      const micros: number[] = [];
      const begin = performance.now();
      while (performance.now() - begin < seconds * 1_000) micros.push(await dropOnce());
      const value = micros.length / ((performance.now() - begin) / 1_000);
      const extra = { 'p50 us': quantile(micros, 0.5), 'p99 us': quantile(micros, 0.99) };
      return { value, errors: 0, extra };
    },
  };
}

function openCache(
  { database, watch }: TestMember<unknown>,
  contracts: WeftEventsOptions['contracts'],
) {
  const caches = new Caches({
    ...{ contracts, watch, database, log: quietLog as never },
    ...{ observe: () => {}, onStop: () => {} },
    guard: (call) => call,
  });
  return caches.open({ name: 'account', maxAgeMs: 3_600_000, load: async () => 1 });
}
