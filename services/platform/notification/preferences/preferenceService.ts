import { type CallContext, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import {
  DeliveryMode as DeliveryModeMessage,
  type PreferenceServiceDefinition,
  Preferences,
} from '@weft/proto/notification/v1/preference';
import { sql } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { assertEtag, etagOf } from '../../../kit/resource/etag.ts';
import { Resource } from '../../../kit/resource/Resource.ts';
import { isZone } from '../../../kit/zoned.ts';
import type { Notifications } from '../Notifications.ts';
import { channelName, channelOf } from '../notifications/channelNames.ts';
import { type DeliveryMode, readPreferences, type UserPreferences } from './Preferences.ts';

/** The methods of notification.v1.PreferenceService. */
export function preferenceService({
  database,
  contracts,
}: Pick<Notifications, 'database' | 'contracts'>): HandlersOf<PreferenceServiceDefinition> {
  const resource = new Resource(Preferences, contracts);
  const userOf = (userId: string, context: CallContext): string => {
    const subject = context.principal?.subject;
    const id = userId === 'me' && subject !== undefined ? subject : userId;
    resource.assertOwner({ ...Preferences.create(), userId: id }, context);
    return id;
  };

  return {
    async getPreferences({ userId }, context) {
      const id = userOf(userId, context);
      return { preferences: describe(id, await readPreferences(database, id)) };
    },

    async updatePreferences({ preferences: given, updateMask }, context) {
      const userId = userOf(given?.userId ?? '', context);
      return transact(database, async (transaction) => {
        await sql`select pg_advisory_xact_lock(hashtext(${`preferences ${userId}`}))`.execute(
          transaction,
        );
        const before = await readPreferences(transaction, userId);
        const current = describe(userId, before);
        assertEtag(given?.etag ?? '', current.etag);
        const updated = resource.update(current, given, updateMask);
        assertZone(updated.timeZone);
        const values = { ...rowOf(updated), version: before.version + 1 };
        await transaction
          .insertInto('preferences')
          .values({ user_id: userId, ...values })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
          .execute();
        return { preferences: describe(userId, await readPreferences(transaction, userId)) };
      });
    },
  };
}

/** @throws RpcError INVALID_ARGUMENT for a zone that is none. */
function assertZone(zone: string): void {
  if (zone === '' || isZone(zone)) return;
  const described = `"${zone}" is no time zone, such as Europe/Berlin`;
  throw invalidArgument('preferences.time_zone', described, 'TIME_ZONE_UNKNOWN');
}

function rowOf({ locale, timeZone, quietHours, digestTime, channels }: Preferences) {
  return {
    ...{ locale: locale || 'en', time_zone: timeZone || 'UTC', digest_time: digestTime || '08:00' },
    ...{ quiet_start: quietHours?.start ?? null, quiet_end: quietHours?.end ?? null },
    channels: JSON.stringify(
      channels.map(({ category, channel, mode }) => ({
        ...{ category, channel: channelName(channel), mode: modeName(mode) },
      })),
    ),
  };
}

function describe(
  userId: string,
  { locale, timeZone, quietHours, digestTime, channels, version }: UserPreferences,
): Preferences {
  return {
    ...{ userId, locale, timeZone, digestTime },
    quietHours: quietHours && { ...quietHours },
    channels: channels.map(({ category, channel, mode }) => ({
      ...{ category, channel: channelOf(channel), mode: DeliveryModeMessage[mode] },
    })),
    etag: etagOf(userId, version),
  };
}

function modeName(mode: DeliveryModeMessage): DeliveryMode {
  const [name] = Object.entries(DeliveryModeMessage).find(([, value]) => value === mode) ?? [];
  if (name && name !== 'UNSPECIFIED') return name as DeliveryMode;
  throw new RpcError(Status.INVALID_ARGUMENT, `there is no mode ${mode}`);
}
