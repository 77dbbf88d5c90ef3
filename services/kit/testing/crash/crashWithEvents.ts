import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { type CrashOptions, crashAtPoints } from './crashAtPoints.ts';
import type { EventSetting } from './EventSetting.ts';

export interface CrashWithEventsOptions<Setting extends EventSetting>
  extends Pick<CrashOptions<Setting>, 'script' | 'points'> {
  /** What each publishes and consumes. */
  readonly services: Parameters<typeof planEvents>[1];
  /** As that of crashAtPoints(), NATS apart. */
  prepare(): Promise<Omit<Setting, keyof EventSetting>>;
  /** As that of crashAtPoints(). @param nats Where the scenario has been. */
  check(setting: Setting, nats: TestNats): Promise<void>;
}

/** crashAtPoints() for services that hear of each other by events: each run has a NATS of its own. */
export async function crashWithEvents<Setting extends EventSetting>({
  services,
  prepare,
  check,
  ...options
}: CrashWithEventsOptions<Setting>): Promise<number[]> {
  await using cleanup = new AsyncDisposableStack();
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const plan = planEvents(Contracts.load(), services);
  let nats: TestNats | undefined;
  cleanup.defer(() => nats?.stop());
  return await crashAtPoints<Setting>({
    ...options,
    async prepare() {
      await nats?.stop();
      const started = await TestNats.start(consul, plan);
      nats = started;
      const identities = await Promise.all(
        services.map(async ({ name }) => [name, await started.identity(name)] as const),
      );
      const own = await prepare();
      const shared = { natsUrl: started.url, identities: Object.fromEntries(identities) };
      return { ...own, ...shared } as Setting;
    },
    check: (setting) => check(setting, nats as TestNats),
  });
}
