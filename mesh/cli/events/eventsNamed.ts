import type { Contracts, EventContract } from '@weft/mesh/contracts';
import { CliError } from '../CliError.ts';

/**
 * The events that are meant by the name of a service ("order"), of a subject ("order.created") or of a message
 * ("order.v1.OrderCreated").
 *
 * @throws CliError for what no contract has.
 */
export function eventsNamed({ events }: Contracts, name: string): EventContract[] {
  const all = [...events.values()];
  const named = all.filter((event) => [event.publisher, event.subject, event.type].includes(name));
  if (named.length > 0) return named;
  const subjects = all.map(({ subject }) => subject);
  // Those of the service that may be meant.
  const near = subjects.filter((subject) => subject.split('.')[0] === name.split('.')[0]);
  const there = (near.length > 0 ? near : subjects).sort().join(', ') || 'none';
  throw new CliError(`No contract has events of "${name}"; there are: ${there}`, { exitCode: 2 });
}
