import type { RouteTable } from '../../control/chain/RouteTable.ts';
import { CliError } from '../CliError.ts';

const ANSWER_MS = 5_000;

/**
 * The route table of a service, from the first control plane that answers.
 *
 * @param adminUrls Of the control planes' admin ports.
 * @throws CliError when none answers.
 */
export async function readRoutes(
  adminUrls: readonly string[],
  service: string,
): Promise<RouteTable> {
  const problems: string[] = [];
  for (const url of adminUrls) {
    try {
      const answer = await fetch(new URL(`/routes/${encodeURIComponent(service)}`, url), {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.ok) return (await answer.json()) as RouteTable;
      problems.push(`${url} answered ${answer.status}: ${(await answer.text()).trim()}`);
    } catch (error) {
      const { message, cause } = error as Error;
      problems.push(`${url}: ${cause instanceof Error ? cause.message : message}`);
    }
  }
  throw new CliError(`no control plane tells the routes\n  ${problems.join('\n  ')}`);
}
