/**
 * What `weft exec` takes of the runtime to make any program a member: an entry point for mesh/cli, not for services,
 * and without gRPC. Services import the index.
 */
export { AdminServer } from './admin/AdminServer.ts';
export { type MeshConfig, readMeshConfig } from './config/MeshConfig.ts';
export { HandshakeWatch } from './health/HandshakeWatch.ts';
export { probeHandshake } from './health/probeHandshake.ts';
export { ServingState } from './health/ServingState.ts';
export { writeBootstrap, xdsEnvironment } from './identity/bootstrap.ts';
export { Identity } from './identity/Identity.ts';
export { type IdentityFiles, identityFiles } from './identity/identityFiles.ts';
export { watchIdentityFiles } from './identity/watchIdentityFiles.ts';
export { writeFileAtomically } from './identity/writeFileAtomically.ts';
export { createLogger } from './logging/createLogger.ts';
export { Registration } from './registration/Registration.ts';
export { freePort, isFree } from './server/freePort.ts';
export { type ControlAddress, controlAddresses } from './xds/controlAddresses.ts';
