import { Temporal } from '../../../kit/zoned.ts';
import { modeOf, type UserPreferences } from './Preferences.ts';
import { nextAt, quietUntil } from './times.ts';

/** What is about to be sent to a user. */
export interface PlannedDelivery {
  readonly category: string;
  readonly critical: boolean;
  readonly channel: string;
  /** The digest that it waits for; null: none yet. */
  readonly digestAt: Date | null;
}

/** What a user's preferences make of it. */
export type DeliveryPlan =
  | { readonly kind: 'send' }
  | { readonly kind: 'digest' }
  | { readonly kind: 'off' }
  | {
      readonly kind: 'wait';
      readonly until: Date;
      readonly reason: 'QUIET_HOURS' | 'DAILY_DIGEST';
      readonly digestAt?: Date;
    };

/** What is in the application disturbs nobody. */
const SILENT = 'IN_APP';

/** Says what becomes of a notification now, by what its user prefers. */
export function planDelivery(
  { category, critical, channel, digestAt }: PlannedDelivery,
  preferences: UserPreferences,
  now: Date,
): DeliveryPlan {
  if (critical) return { kind: 'send' };
  const mode = modeOf(preferences, category, channel);
  if (mode === 'OFF') return { kind: 'off' };
  if (channel === SILENT) return { kind: 'send' };
  const wall = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(
    preferences.timeZone,
  );
  if (mode === 'DAILY_DIGEST' && digestAt === null) {
    const at = dateOf(nextAt(wall, preferences.digestTime));
    return { kind: 'wait', until: at, digestAt: at, reason: 'DAILY_DIGEST' };
  }
  const until = preferences.quietHours && quietUntil(wall, preferences.quietHours);
  if (until) return { kind: 'wait', until: dateOf(until), reason: 'QUIET_HOURS' };
  return { kind: digestAt === null ? 'send' : 'digest' };
}

function dateOf(zoned: Temporal.ZonedDateTime): Date {
  return new Date(zoned.epochMilliseconds);
}
