export { Contracts } from './Contracts.ts';
export type { EventContract } from './EventContract.ts';
export { edgeNames } from './edgeNames.ts';
export { HTTP_STATUSES } from './httpStatuses.ts';
export {
  type Access,
  type HttpBinding,
  isOpen,
  type MethodContract,
  type RateLimit,
  type RoutingHeader,
} from './MethodContract.ts';
export { methodDefaults } from './methodDefaults.ts';
