import type { Contracts, EventContract } from '@weft/mesh/contracts';

/**
 * The contract of an event that a service publishes.
 *
 * @throws Error for a message that is no event, and for another service's.
 */
export function ownContract(
  { contracts, service }: { readonly contracts: Contracts; readonly service: string },
  { $type }: { readonly $type: string },
): EventContract {
  const contract = contracts.events.get($type);
  if (!contract) throw new Error(`${$type} is no event: its contract has no weft.events.v1.event`);
  if (contract.publisher !== service) {
    throw new Error(`${$type} is an event of ${contract.publisher}, and this is ${service}`);
  }
  return contract;
}
