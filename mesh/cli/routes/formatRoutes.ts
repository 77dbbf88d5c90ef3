import type {
  BrokenEntries,
  Route,
  RouteTable,
  TargetDetails,
} from '../../control/chain/RouteTable.ts';
import { escapeLine } from '../output/escapeControls.ts';

/** Of all the calls that a route takes. */
const TOTAL_WEIGHT = 10_000;

/** A line of the tree, and what hangs on it. */
interface Branch {
  readonly text: string;
  readonly branches: readonly Branch[];
}

/** The routes as a tree, in the order in which they are tried, and what of the entries is not in force. */
export function formatRoutes(table: RouteTable): string {
  const { broken } = table;
  const warnings = table.warnings.filter((warning) => !broken?.reasons.includes(warning));
  return [
    table.service,
    ...drawn(table.routes.map((route) => routeBranch(route, table))),
    ...(broken ? [`! ${describeBroken(table.service, broken)}`] : []),
    ...warnings.map((warning) => `! ${warning}`),
    '',
  ]
    .map(escapeLine)
    .join('\n');
}

/** What callers follow while entries are broken, since when and why, in a line. */
export function describeBroken(
  service: string,
  { since, reasons, inForce }: BrokenEntries,
): string {
  const routes =
    inForce === 'last good'
      ? `callers of ${service} follow its last good routes`
      : `callers of ${service} follow its routes without what is broken`;
  return `${routes}, since ${since}: ${reasons.join('; ')}`;
}

function routeBranch(route: Route, { targets }: RouteTable): Branch {
  const limits = [
    route.timeoutMs === undefined ? 'no timeout' : `timeout ${seconds(route.timeoutMs)}`,
    route.retries && `${route.retries.attempts} retries on ${route.retries.on.join(', ')}`,
    route.hashHeaders.length > 0 &&
      `hashed by ${route.hashHeaders.map(({ name }) => name).join(', ')}`,
  ].filter(Boolean);
  const destinations = route.destinations.map(({ target, weight }) => ({
    text: `${weight / (TOTAL_WEIGHT / 100)}% ${describeTarget(target, targets)}`,
    branches: (targets[target]?.failover ?? []).map((other) => ({
      text: `else ${describeTarget(other, targets)}`,
      branches: [],
    })),
  }));
  return {
    text: `${describeMatch(route)}  (${route.origin}; ${limits.join('; ')})`,
    branches:
      destinations.length > 0 ? destinations : [{ text: 'nowhere: UNAVAILABLE', branches: [] }],
  };
}

function describeMatch({ match: { path, headers } }: Route): string {
  const signs = { exact: '', prefix: '*', regex: '' } as const;
  const place = path
    ? `${path.kind === 'regex' ? '~' : ''}${path.value}${signs[path.kind]}${path.ignoresCase ? ' in any case' : ''}`
    : 'any path';
  const conditions = headers.map(({ name, kind, value, isInverted }) => {
    const test = kind === 'present' ? kind : `${kind} "${value}"`;
    return `${name} ${isInverted ? 'not ' : ''}${test}`;
  });
  return [place, ...conditions].join(', ');
}

function describeTarget(name: string, targets: Readonly<Record<string, TargetDetails>>): string {
  const target = targets[name];
  if (!target) return name;
  const details = [
    target.filter,
    target.onlyPassing && 'only passing',
    target.policy !== 'round_robin' && target.policy,
    target.connectTimeoutMs !== undefined && `connect within ${seconds(target.connectTimeoutMs)}`,
  ].filter(Boolean);
  const place =
    target.subset === undefined ? target.service : `${target.service}, ${target.subset}`;
  return details.length > 0 ? `${place}  (${details.join('; ')})` : place;
}

function seconds(milliseconds: number): string {
  return milliseconds === 0 ? 'off' : `${milliseconds / 1_000} s`;
}

function drawn(branches: readonly Branch[]): string[] {
  return branches.flatMap(({ text, branches: below }, index) => {
    const isLast = index === branches.length - 1;
    const indent = isLast ? '   ' : '│  ';
    return [`${isLast ? '└─' : '├─'} ${text}`, ...drawn(below).map((line) => indent + line)];
  });
}
