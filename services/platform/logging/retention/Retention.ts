const DAY_MS = 86_400_000;

/** How long lines are kept. */
export class Retention {
  /** Unless their service is named, in milliseconds. */
  readonly longest: number;
  /** By the name of the service, in milliseconds; none above `longest`. */
  readonly shorter: ReadonlyMap<string, number>;

  /**
   * @param text Such as "30d" or "30d, analytics=7d": whole days, for all services, and less for some.
   * @throws when it is of another form, or one is to be kept for longer than all.
   */
  constructor(text: string) {
    const [all = '', ...some] = text.split(',').map((each) => each.trim());
    this.longest = days(all);
    this.shorter = new Map(
      some.map((each) => {
        const [, service = '', time = ''] = /^([a-z0-9-]+)=(\w+)$/.exec(each) ?? [];
        const kept = days(time);
        if (service === '' || kept > this.longest)
          throw new Error(`"${each}" is not such as analytics=7d, and at most ${all}`);
        return [service, kept];
      }),
    );
  }

  /** Of a service, in milliseconds. */
  of(service: string): number {
    return this.shorter.get(service) ?? this.longest;
  }
}

function days(text: string): number {
  const [, count] = /^([1-9]\d{0,3})d$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`"${text}" is no number of days such as 30d`);
  return Number(count) * DAY_MS;
}
