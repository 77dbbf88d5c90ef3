import { Channel } from '@weft/proto/notification/v1/notification';

/** All channels, as the database has them. */
export const CHANNELS: readonly string[] = Object.entries(Channel)
  .filter(([, value]) => value !== Channel.UNSPECIFIED)
  .map(([name]) => name);

/** A channel as the database has it, such as "EMAIL". */
export function channelName(channel: Channel): string {
  const [name] = Object.entries(Channel).find(([, value]) => value === channel) ?? [];
  if (name) return name;
  throw new Error(`there is no channel ${channel}`);
}

/** A channel by the name that the database has. */
export function channelOf(name: string): Channel {
  return Channel[name as keyof typeof Channel];
}
