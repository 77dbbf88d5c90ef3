import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import { DEFAULT_LOCALE } from '../templates/Template.ts';

/** How a channel is used for a category. */
export type DeliveryMode = 'IMMEDIATE' | 'DAILY_DIGEST' | 'OFF';

/** How a user wants to be told. */
export interface UserPreferences {
  readonly locale: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Times of the clock on the wall, such as "22:00". Undefined: there are none. */
  readonly quietHours: { readonly start: string; readonly end: string } | undefined;
  readonly digestTime: string;
  readonly channels: readonly ChannelMode[];
  /** Counts the changes; 0: the defaults. */
  readonly version: number;
}

export interface ChannelMode {
  /** Empty: all. */
  readonly category: string;
  readonly channel: string;
  readonly mode: DeliveryMode;
}

const DEFAULTS: UserPreferences = {
  ...{ locale: DEFAULT_LOCALE, timeZone: 'UTC', quietHours: undefined },
  ...{ digestTime: '08:00', channels: [], version: 0 },
};

/** What a user has set, else the defaults. */
export async function readPreferences(
  database: Kysely<DB>,
  userId: string,
): Promise<UserPreferences> {
  const row = await database
    .selectFrom('preferences')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (!row) return DEFAULTS;
  const { quiet_start: start, quiet_end: end } = row;
  return {
    ...{ locale: row.locale, timeZone: row.time_zone, digestTime: row.digest_time },
    quietHours: start !== null && end !== null ? { start, end } : undefined,
    channels: row.channels as unknown as ChannelMode[],
    version: row.version,
  };
}

/** How a channel is used for a category. */
export function modeOf(
  { channels }: Pick<UserPreferences, 'channels'>,
  category: string,
  channel: string,
): DeliveryMode {
  const of = (wanted: string) =>
    channels.find((each) => each.channel === channel && each.category === wanted)?.mode;
  return of(category) ?? of('') ?? 'IMMEDIATE';
}
