import type { RenderedMessage } from '../../templates/renderMessage.ts';

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
const MOST_TITLE = 256;
const MOST_DESCRIPTION = 4_096;

/** A message as a webhook of Discord's takes it: it mentions nobody, whatever it says. */
export function discordMessage({ subject, text }: RenderedMessage): object {
  return {
    embeds: [{ title: cut(subject, MOST_TITLE), description: cut(text.trim(), MOST_DESCRIPTION) }],
    allowed_mentions: { parse: [] },
  };
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
