export type {
  Callers,
  ClientStatus,
  FaultStatus,
  IntentionStatus,
  QueryStatus,
  ServiceStatus,
  Status,
} from './admin/Status.ts';
export { ControlPlane } from './ControlPlane.ts';
export type { ControlPlaneOptions } from './ControlPlaneOptions.ts';
export type { Route, RouteTable, TargetDetails } from './chain/RouteTable.ts';
