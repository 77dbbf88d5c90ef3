import { Deposited } from '@weft/proto/testing/v1/ledger';
import type { Contracts } from '../../mesh/contracts/index.ts';
import type { TestNats } from '../../mesh/testing/TestNats.ts';
import { onCommitted, transact } from '../../services/kit/database/transact.ts';
import { on } from '../../services/kit/events/on.ts';
import { openMember, type TestMember } from '../../services/kit/testing/openMember.ts';
import { query } from '../../services/kit/testing/query.ts';
import { onServer } from '../../services/kit/testing/templateDatabase.ts';
import type { Measurement } from '../harness/Suite.ts';
import { quantile } from '../harness/statistics.ts';

/** Transactions under way. */
const WRITERS = 4;
/** Events that one of them adds. */
const EVENTS = 100;
/** Keys of each writer: two that add events of the same keys wait for each other, and in other orders lock each other out. */
const KEYS = 16;

/** As services have it: renewing leases often would be a load of its own. */
export const LEASE_MS = 5_000;

interface Tables {
  deposit: { account: string; number: number };
}

export interface WeftEventsOptions {
  readonly nats: TestNats;
  readonly contracts: Contracts;
  readonly postgresUrl: string;
  /** Folder of both services' migrations: a table `deposit`. */
  readonly migrations: string;
}

/** A service that publishes and one that handles, each with a database. */
export class WeftEvents {
  readonly #publisher: TestMember<Tables>;
  #written = 0;
  #handled = 0;
  /** Called for each event that has been handled. */
  #onHandled: () => void = () => {};

  private constructor(publisher: TestMember<Tables>) {
    this.#publisher = publisher;
  }

  static async open(
    { nats, contracts, postgresUrl, migrations }: WeftEventsOptions,
    cleanup: AsyncDisposableStack,
  ): Promise<WeftEvents> {
    const open = async (
      service: string,
      consumers: Parameters<typeof openMember<Tables>>[0]['consumers'] = [],
    ) => {
      const database = `bench_${service.replaceAll('-', '_')}`;
      await query(postgresUrl, `create database ${database}`);
      const databaseUrl = onServer(postgresUrl, database);
      const member = await openMember<Tables>({
        ...{ service, contracts, nats, databaseUrl, migrations, consumers, leaseMs: LEASE_MS },
      });
      return cleanup.use(member);
    };
    let made: WeftEvents | undefined;
    const handle = on<Deposited, Tables>(
      Deposited,
      async ({ account, number }, { transaction }) => {
        await transaction.insertInto('deposit').values({ account, number }).execute();
        // Counts once it is committed.
        onCommitted(transaction, () => made?.count());
      },
    );
    await open('reader', [handle]);
    made = new WeftEvents(await open('testing-ledger'));
    return made;
  }

  /** One more has been handled, and that is committed. */
  count(): void {
    this.#handled += 1;
    this.#onHandled();
  }

  /** As many as go through, until all have been handled. */
  async flood(seconds: number): Promise<Measurement> {
    const before = this.#handled;
    const begin = performance.now();
    const end = begin + seconds * 1_000;
    const write = async (_: unknown, writer: number) => {
      while (performance.now() < end) await this.#write(EVENTS, writer);
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
    await this.#untilHandled(this.#written);
    const elapsed = (performance.now() - begin) / 1_000;
    return { value: (this.#handled - before) / elapsed, errors: this.#handled - this.#written };
  }

  /** One after the other. */
  async oneByOne(seconds: number): Promise<Measurement> {
    const micros: number[] = [];
    const begin = performance.now();
    let count = 0;
    while (performance.now() - begin < seconds * 1_000) {
      const handled = Promise.withResolvers<void>();
      this.#onHandled = () => handled.resolve();
      await this.#write(1, 0);
      const committed = performance.now();
      await handled.promise;
      micros.push((performance.now() - committed) * 1_000);
      count += 1;
    }
    this.#onHandled = () => {};
    const value = count / ((performance.now() - begin) / 1_000);
    const extra = { 'p50 us': quantile(micros, 0.5), 'p99 us': quantile(micros, 0.99) };
    return { value, errors: this.#handled - this.#written, extra };
  }

  async #write(count: number, writer: number): Promise<void> {
    const { database, events } = this.#publisher;
    await transact(database, async (transaction) => {
      for (let event = 0; event < count; event += 1) {
        const number = this.#written + event;
        const account = `account-${writer}-${event % KEYS}`;
        await events.add(transaction, Deposited, { account, cents: 1, number });
      }
    });
    this.#written += count;
  }

  async #untilHandled(count: number): Promise<void> {
    if (this.#handled >= count) return;
    const done = Promise.withResolvers<void>();
    this.#onHandled = () => {
      if (this.#handled >= count) done.resolve();
    };
    await done.promise;
    this.#onHandled = () => {};
  }
}
