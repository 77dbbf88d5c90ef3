import type { Template, TemplateText } from './Template.ts';

const text = (subject: string, ...paragraphs: string[]): TemplateText => ({
  ...{ subject, text: `${paragraphs.join('\n\n')}\n`, html: '' },
});

/** Of identity's mails: the link is empty in those that have none. */
const example = { email: 'ada@example.org', link: 'https://example.org/', token: 'abc' };

const of = (name: string, en: TemplateText, de: TemplateText): Template => ({
  ...{ name, version: 0, example, texts: { en, de } },
});

/** What there is to say of identity's mails, until an operator says it otherwise. */
const templates: readonly Template[] = [
  of(
    'identity.verify_email',
    text(
      'Confirm your e-mail address',
      'Somebody, hopefully you, asked for an account with the address {{ email }}. To confirm it, open this link within a day:',
      '{{ link }}',
      'If it was not you, do nothing: there will be no account.',
    ),
    text(
      'Bestätigen Sie Ihre E-Mail-Adresse',
      'Jemand, hoffentlich Sie, möchte ein Konto mit der Adresse {{ email }}. Um sie zu bestätigen, öffnen Sie diesen Link innerhalb eines Tages:',
      '{{ link }}',
      'Wenn Sie es nicht waren, tun Sie nichts: es entsteht kein Konto.',
    ),
  ),
  of(
    'identity.address_taken',
    text(
      'You have an account already',
      'Somebody, perhaps you, asked for an account with the address {{ email }}. It has one: sign in, or ask for a new password.',
      'If it was not you, nothing has happened.',
    ),
    text(
      'Sie haben schon ein Konto',
      'Jemand, vielleicht Sie, möchte ein Konto mit der Adresse {{ email }}. Es gibt schon eines: melden Sie sich an, oder setzen Sie ein neues Passwort.',
      'Wenn Sie es nicht waren, ist nichts geschehen.',
    ),
  ),
  of(
    'identity.reset_password',
    text(
      'Set a new password',
      'Somebody, hopefully you, asked for a new password for {{ email }}. To set one, open this link within an hour:',
      '{{ link }}',
      'If it was not you, do nothing: the password stays as it is.',
    ),
    text(
      'Setzen Sie ein neues Passwort',
      'Jemand, hoffentlich Sie, möchte ein neues Passwort für {{ email }}. Um es zu setzen, öffnen Sie diesen Link innerhalb einer Stunde:',
      '{{ link }}',
      'Wenn Sie es nicht waren, tun Sie nichts: das Passwort bleibt, wie es ist.',
    ),
  ),
  of(
    'identity.no_account',
    text(
      'There is no account with your address',
      'Somebody, perhaps you, asked for a new password for {{ email }}. No account has this address; perhaps yours has another one.',
    ),
    text(
      'Zu Ihrer Adresse gibt es kein Konto',
      'Jemand, vielleicht Sie, möchte ein neues Passwort für {{ email }}. Kein Konto hat diese Adresse; vielleicht hat Ihres eine andere.',
    ),
  ),
  of(
    'identity.change_email',
    text(
      'Confirm your new e-mail address',
      'To make {{ email }} the address of your account, open this link within a day:',
      '{{ link }}',
      'If you have not asked for it, do nothing.',
    ),
    text(
      'Bestätigen Sie Ihre neue E-Mail-Adresse',
      'Um {{ email }} zur Adresse Ihres Kontos zu machen, öffnen Sie diesen Link innerhalb eines Tages:',
      '{{ link }}',
      'Wenn Sie nicht darum gebeten haben, tun Sie nichts.',
    ),
  ),
  of(
    'identity.email_change_requested',
    text(
      'Your account is to have another address',
      'Somebody who is signed in to your account asked to give it another e-mail address. If it was not you, set a new password now.',
    ),
    text(
      'Ihr Konto soll eine andere Adresse bekommen',
      'Jemand, der bei Ihrem Konto angemeldet ist, möchte ihm eine andere E-Mail-Adresse geben. Wenn Sie es nicht waren, setzen Sie jetzt ein neues Passwort.',
    ),
  ),
  of(
    'identity.email_changed',
    text(
      'Your account has another address',
      'The address of your account is no longer {{ email }}. If it was not you who changed it, tell us at once.',
    ),
    text(
      'Ihr Konto hat eine andere Adresse',
      'Die Adresse Ihres Kontos ist nicht mehr {{ email }}. Wenn nicht Sie sie geändert haben, sagen Sie es uns sofort.',
    ),
  ),
  of(
    'identity.password_changed',
    text(
      'Your password has changed',
      'The password of your account {{ email }} has changed, and all other sessions have ended. If it was not you, ask for a new password now.',
    ),
    text(
      'Ihr Passwort hat sich geändert',
      'Das Passwort Ihres Kontos {{ email }} hat sich geändert, und alle anderen Sitzungen sind beendet. Wenn Sie es nicht waren, setzen Sie jetzt ein neues.',
    ),
  ),
  of(
    'identity.second_factor_enabled',
    text(
      'Signing in takes a second factor now',
      'From now on, signing in to your account {{ email }} takes a code besides the password. If it was not you, tell us at once.',
    ),
    text(
      'Die Anmeldung braucht jetzt einen zweiten Faktor',
      'Von jetzt an braucht die Anmeldung bei Ihrem Konto {{ email }} neben dem Passwort einen Code. Wenn Sie es nicht waren, sagen Sie es uns sofort.',
    ),
  ),
  of(
    'identity.second_factor_disabled',
    text(
      'Signing in takes no second factor any more',
      'Signing in to your account {{ email }} takes only the password now. If it was not you, set a new password now.',
    ),
    text(
      'Die Anmeldung braucht keinen zweiten Faktor mehr',
      'Die Anmeldung bei Ihrem Konto {{ email }} braucht nur noch das Passwort. Wenn Sie es nicht waren, setzen Sie jetzt ein neues.',
    ),
  ),
];

/** Of a user's alert on a price. */
const priceAlert: Template = {
  ...{ name: 'analytics.price_alert_fired', version: 0 },
  example: { event: { product: 'WEFT', price: 4200.5 } },
  texts: {
    en: text(
      '{{ event.product }} is at {{ event.price | round: 2 }}',
      'An alert of yours has fired: the price of {{ event.product }} has come to {{ event.price | round: 2 }}.',
    ),
    de: text(
      '{{ event.product }} steht bei {{ event.price | round: 2 }}',
      'Ein Alarm von Ihnen hat ausgelöst: der Preis von {{ event.product }} ist bei {{ event.price | round: 2 }} angekommen.',
    ),
  },
};

/** Puts messages together that were to come once a day. */
const digest: Template = {
  ...{ name: 'digest', version: 0, example: { items: [{ subject: 'One', text: 'thing' }] } },
  texts: {
    en: text(
      '{{ items.size }} new messages',
      '{% for item in items %}{{ item.subject }}\n\n{{ item.text }}\n\n{% endfor %}',
    ),
    de: text(
      '{{ items.size }} neue Nachrichten',
      '{% for item in items %}{{ item.subject }}\n\n{{ item.text }}\n\n{% endfor %}',
    ),
  },
};

/** Templates that come with the service, by name. */
export const builtIn: ReadonlyMap<string, Template> = new Map(
  [...templates, priceAlert, digest].map((template) => [template.name, template]),
);
