/** What a list shows of a mail. */
export interface ListedMail {
  readonly id: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly time: Date;
}

export interface ShownMail extends ListedMail {
  readonly from: string;
  readonly text: string;
  readonly hasHtml: boolean;
}

/** Of all pages. */
export const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: 1rem; }
iframe { width: 100%; height: 30rem; border: 1px solid #ddd; }
`;

/** @param to The address that it is about; empty: all. */
export function listPage(mails: readonly ListedMail[], to: string): string {
  const rows = mails.map(
    ({ id, recipients, subject, time }) =>
      `<tr><td>${escapeHtml(time.toISOString())}</td><td>${escapeHtml(recipients.join(', '))}</td>` +
      `<td><a href="/mails/${id}">${escapeHtml(subject) || '(no subject)'}</a></td></tr>`,
  );
  return page(
    'Mails',
    `<form action="/mails"><label>To <input name="to" type="search" value="${escapeHtml(to)}"></label> <button>Show</button></form>
${
  mails.length === 0
    ? '<p>None was caught yet.</p>'
    : `<table><tr><th>Time</th><th>To</th><th>Subject</th></tr>\n${rows.join('\n')}\n</table>`
}`,
  );
}

export function mailPage({
  id,
  from,
  recipients,
  subject,
  time,
  text,
  hasHtml,
}: ShownMail): string {
  return page(
    subject || '(no subject)',
    `<p><a href="/mails">All mails</a> · <a href="/mails/${id}/raw">as it came</a></p>
<table>
<tr><th>From</th><td>${escapeHtml(from)}</td></tr>
<tr><th>To</th><td>${escapeHtml(recipients.join(', '))}</td></tr>
<tr><th>Time</th><td>${escapeHtml(time.toISOString())}</td></tr>
</table>
<pre>${withLinks(text)}</pre>
${hasHtml ? `<h2>HTML</h2>\n<iframe sandbox title="HTML of the mail" src="/mails/${id}/html"></iframe>` : ''}`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/mails/style.css">
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}

/** Escapes a text, and makes its web addresses links. */
function withLinks(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2 === 1
        ? `<a href="${escapeHtml(part)}" rel="noreferrer">${escapeHtml(part)}</a>`
        : escapeHtml(part),
    )
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
