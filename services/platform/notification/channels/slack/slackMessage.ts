import type { RenderedMessage } from '../../templates/renderMessage.ts';

/** Of a header block, a section block, and of blocks in a message. https://docs.slack.dev/reference/block-kit/blocks */
const MOST_HEADER = 150;
const MOST_SECTION = 3_000;
const MOST_SECTIONS = 49;
/** Of `text`, which is shown in notifications: longer ones are cut off by Slack. */
const MOST_TEXT = 4_000;

/** A message as an incoming webhook of Slack's takes it. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackMessage({ subject, text }: RenderedMessage): object {
  const sections = split(escapeMrkdwn(text.trim()), MOST_SECTION).slice(0, MOST_SECTIONS);
  return {
    text: cut(escapeMrkdwn(`${subject}\n${text}`.trim()), MOST_TEXT),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(subject, MOST_HEADER) } },
      ...sections.map((section) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: section },
      })),
    ],
  };
}

/** Nobody is mentioned, and nothing linked, that the text does not say. https://docs.slack.dev/messaging/formatting-message-text */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cuts a text into parts, at the ends of lines where there are such, and in no character or entity. */
function split(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const line = rest.lastIndexOf('\n', most);
    const part = line > 0 ? rest.slice(0, line) : cut(rest, most, '');
    parts.push(part);
    rest = rest.slice(part.length).replace(/^\n/, '');
  }
  return [...parts, rest].filter((part) => part.trim() !== '');
}

/** Cuts a text off. */
function cut(text: string, most: number, mark = '…'): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - mark.length).replace(/[\ud800-\udbff]$|&[a-z]{0,3}$/, '');
  return `${kept}${mark}`;
}
