import type { ProcessReport } from '../Mesh.ts';
import { formatTable } from './formatTable.ts';

/** The table of what runs and where. */
export function formatReports(reports: readonly ProcessReport[]): string {
  const rows = reports.map(({ name, pid, state, problem, where }) => [
    name,
    problem === undefined ? 'healthy' : state === 'RUNNING' ? 'unhealthy' : state.toLowerCase(),
    pid === undefined ? '-' : String(pid),
    where,
  ]);
  const problems = reports.flatMap(({ name, problem, log }) =>
    problem === undefined ? [] : [`${name} ${problem}\n  log: ${log}\n`],
  );
  return formatTable([['PROCESS', 'HEALTH', 'PID', 'WHERE'], ...rows]) + problems.join('');
}
