export {
  ConsulClient,
  type ConsulClientOptions,
  ConsulError,
  type Indexed,
  type QueryOptions,
} from './client.ts';
export { ABORT_CODES, type AbortCode, FAULTS_PREFIX, readDuration } from './fault.ts';
export type { Fault, FaultHeader } from './faultSchema.ts';
export { findServers, type Servers } from './findServers.ts';
export { type FollowOptions, followConsul } from './followConsul.ts';
export type { GrpcOptions, GrpcServer } from './GrpcServer.ts';
export { SERVICES_ONLY } from './servicesOnly.ts';
export { signCertificate } from './signCertificate.ts';
