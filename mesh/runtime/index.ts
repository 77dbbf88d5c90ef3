/** What a service in TypeScript imports: see defineService() and runService(). */

export { Metadata, status as Status } from '@grpc/grpc-js';
export type { Manifest } from '@weft/mesh/manifest';
export type { Principal, PrincipalKind } from '@weft/mesh/principal';
export { Backoff, type BackoffOptions } from '../retry/Backoff.ts';
export type { CallOptions } from './client/CallOptions.ts';
export type { ClientMethod, ServiceClient } from './client/ServiceClient.ts';
export { ConfigError } from './config/ConfigError.ts';
export { readConfig } from './config/readConfig.ts';
export type { HttpContext } from './http/HttpContext.ts';
export {
  type HttpHandler,
  type HttpHandlers,
  type HttpImplementation,
  implementHttp,
  type UpgradeHandler,
} from './http/HttpImplementation.ts';
export { authorize } from './principal/authorize.ts';
export { type ReflectionDefinition, reflectionService } from './reflection/reflectionService.ts';
export type { GuardedCall, GuardOptions } from './resilience/GuardOptions.ts';
export type { ErrorDetail } from './rpc/errorDetails.ts';
export { ERROR_DOMAIN, errorInfo, errorReason, RuntimeReason } from './rpc/errorInfo.ts';
export type {
  GrpcMethod,
  GrpcService,
  MessageType,
  RequestOf,
  ResponseOf,
} from './rpc/GrpcService.ts';
export { RpcError, type RpcErrorOptions } from './rpc/RpcError.ts';
export { isRejection, isTransient } from './rpc/statusClasses.ts';
export type { CallContext } from './server/CallContext.ts';
export type {
  BidiHandler,
  ClientStreamHandler,
  HandlerOf,
  HandlersOf,
  ServerStreamHandler,
  UnaryHandler,
} from './server/Handlers.ts';
export { type Implementation, implement } from './server/implement.ts';
export type { Peer } from './server/Peer.ts';
export { type ConnectOptions, connectMesh, type MeshConnection } from './service/connectMesh.ts';
export {
  defineService,
  type Served,
  type ServiceContext,
  type ServiceDefinition,
} from './service/defineService.ts';
export { runService } from './service/runService.ts';
export type { RunningService, StartOptions } from './service/startService.ts';
export { type BatchBuffer, Batches, type BatchesOptions } from './streams/Batches.ts';
export { formatTraceParent, parseTraceParent } from './telemetry/traceParent.ts';
