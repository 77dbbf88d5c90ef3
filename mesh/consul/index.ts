export {
  ConsulClient,
  type ConsulClientOptions,
  ConsulError,
  type Indexed,
  type QueryOptions,
} from './client.ts';
export {
  ABORT_CODES,
  type AbortCode,
  FAULTS_PREFIX,
  type Fault,
  type FaultHeader,
  faultSchema,
  readDuration,
} from './fault.ts';
export { SERVICES_ONLY } from './servicesOnly.ts';
