/**
 * What `weft call` takes of the runtime to call services whose contracts it does not have: an entry point for mesh/cli,
 * not for services, which import the index.
 */
export { MeshChannels } from './client/MeshChannels.ts';
export { decodeDetails, type ErrorDetail } from './rpc/errorDetails.ts';
export { loadXds } from './service/loadXds.ts';
