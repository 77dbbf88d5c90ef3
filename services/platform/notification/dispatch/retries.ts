const FIRST_MS = 1_000;
const LONGEST_MS = 15 * 60_000;
/** After so many tries of a channel the next one is asked, where there is one. */
const TRIES_WITH_FALLBACK = 6;
/** How long the last channel is asked. */
const GIVE_UP_MS = 24 * 3_600_000;

/**
 * When a channel is asked again that has not taken a notification: pauses grow from 1 s to 15 min, each drawn between half
 * and one and a half times its length.
 *
 * @param tries So far.
 */
export function retryAt(now: Date, tries: number): Date {
  const pause = Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS);
  return new Date(now.getTime() + pause * (0.5 + Math.random()));
}

/** Until when the last channel of a notification is asked that is new, or replayed. */
export function giveUpAt(now: Date): Date {
  return new Date(now.getTime() + GIVE_UP_MS);
}

/** Whether a channel is asked no more. */
export function isGivenUp(
  { give_up_at: until }: { readonly give_up_at: Date },
  tries: number,
  hasFallback: boolean,
  now: Date,
): boolean {
  if (hasFallback) return tries >= TRIES_WITH_FALLBACK;
  return now > until;
}
