import type { Permission } from './IntentionEntry.ts';
import type { Rule } from './ruleFor.ts';

/** A rule in a line: "allow", or its permissions in the order in which they decide. */
export function describeRule(rule: Rule | undefined): string {
  if (!rule) return 'none: denied';
  if (!rule.Permissions?.length) return rule.Action || 'none: denied';
  return `${rule.Permissions.map(describePermission).join('; ')}; deny the rest`;
}

function describePermission({ Action, HTTP }: Permission): string {
  const { PathExact, PathPrefix, PathRegex, Methods, Header } = HTTP ?? {};
  const parts = [
    PathExact,
    PathPrefix && `${PathPrefix}*`,
    PathRegex && `~${PathRegex}`,
    Methods?.length && Methods.join('|'),
    ...(Header ?? []).map(({ Name, Invert, ...match }) => {
      const [how, value] = Object.entries(match).find(([, given]) => given) ?? [];
      const test = how === 'Present' ? 'present' : `${how?.toLowerCase()} "${value}"`;
      return `${Name} ${Invert ? 'not ' : ''}${test}`;
    }),
  ];
  return [Action, parts.filter(Boolean).join(' and ') || 'all'].join(' ');
}
