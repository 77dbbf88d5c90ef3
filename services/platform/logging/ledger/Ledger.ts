/** What has become of the lines of one service. */
export interface Account {
  /** Taken in, once each: stored + pending + expired + rejected. */
  readonly accepted: number;
  /** In the store. */
  readonly stored: number;
  /** On the way there. */
  readonly pending: number;
  /** Older than lines of this service are kept. */
  readonly expired: number;
  /** Of no use: empty. */
  readonly rejected: number;
  /** Sent again after they had been taken in: not among those accepted. */
  readonly repeated: number;
  /** That their own process had no room for: not among those accepted. */
  readonly dropped: number;
}

/** What is counted of lines that are not kept. */
export type LeftOut = Pick<Account, 'expired' | 'rejected' | 'repeated' | 'dropped'>;

/** What is kept of an account: what is on the way is in the journal, and the rest is stored. */
export type SavedAccount = LeftOut & Pick<Account, 'accepted'>;

/** Accounts as of a position. */
export interface SavedLedger {
  /** All up to it is counted, and nothing behind it. */
  readonly position: number;
  readonly accounts: Readonly<Record<string, SavedAccount>>;
}

type Open = { -readonly [Count in keyof Account]: Account[Count] };

/**
 * Says of each service what has become of its lines. What it is told stands in the journal, in the order of positions: it is told
 * again of what is there when another process opens it, and goes on from where it was saved.
 */
export class Ledger {
  readonly #accounts = new Map<string, Open>();
  /** Up to here all was counted before it was opened. */
  readonly #savedAt: number;
  #position: number;
  /** Lines on their way, oldest first: of each batch the position of its last line. */
  #pending: { readonly service: string; readonly position: number; readonly lines: number }[] = [];

  /** @param saved What save() has made. Default: nothing has been counted. */
  constructor({ position, accounts }: SavedLedger = { position: 0, accounts: {} }) {
    this.#savedAt = position;
    this.#position = position;
    for (const [service, saved] of Object.entries(accounts)) {
      const stored = saved.accepted - saved.expired - saved.rejected;
      this.#accounts.set(service, { ...saved, stored, pending: 0 });
    }
  }

  /** By the name of the service. */
  get accounts(): ReadonlyMap<string, Account> {
    return this.#accounts;
  }

  /** All up to here is counted. */
  get position(): number {
    return this.#position;
  }

  /** What another process goes on with, beside the journal. */
  save(): SavedLedger {
    const saved = [...this.#accounts].map(([service, { stored, pending, ...counts }]) => [
      service,
      counts,
    ]);
    return { position: this.#position, accounts: Object.fromEntries(saved) };
  }

  /** Lines are in the journal. @param position Of the last of them. */
  pend(service: string, position: number, lines: number): void {
    const account = this.#of(service);
    if (this.#isNew(position)) account.accepted += lines;
    else account.stored -= lines;
    account.pending += lines;
    this.#pending.push({ service, position, lines });
  }

  /** Lines are not kept, as a note in the journal says. @param position Of the note. */
  leaveOut(service: string, position: number, counts: Partial<LeftOut>): void {
    if (!this.#isNew(position)) return;
    const account = this.#of(service);
    const { expired = 0, rejected = 0, repeated = 0, dropped = 0 } = counts;
    account.accepted += expired + rejected;
    account.expired += expired;
    account.rejected += rejected;
    account.repeated += repeated;
    account.dropped += dropped;
  }

  /** All lines up to a position are in the store. */
  store(position: number): void {
    const behind = this.#pending.findIndex((batch) => batch.position > position);
    const done = this.#pending.splice(0, behind < 0 ? this.#pending.length : behind);
    for (const { service, lines } of done) {
      const account = this.#of(service);
      account.pending -= lines;
      account.stored += lines;
    }
  }

  #isNew(position: number): boolean {
    this.#position = Math.max(this.#position, position);
    return position > this.#savedAt;
  }

  #of(service: string): Open {
    let account = this.#accounts.get(service);
    if (!account) {
      const nothing = { accepted: 0, stored: 0, pending: 0, expired: 0, rejected: 0 };
      account = { ...nothing, repeated: 0, dropped: 0 };
      this.#accounts.set(service, account);
    }
    return account;
  }
}
