export {
  ConsulClient,
  type ConsulClientOptions,
  ConsulError,
  type Indexed,
  type QueryOptions,
} from './client.ts';
export { ABORT_CODES, type AbortCode, FAULTS_PREFIX, readDuration } from './fault.ts';
export type { Fault, FaultHeader } from './faultSchema.ts';
export { SERVICES_ONLY } from './servicesOnly.ts';
