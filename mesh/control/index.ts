export type {
  Callers,
  ClientStatus,
  FaultStatus,
  IntentionStatus,
  QueryStatus,
  ServiceStatus,
  Status,
} from './admin/Status.ts';
export { ControlPlane, type ControlPlaneOptions } from './ControlPlane.ts';
export type { Route, RouteTable, TargetDetails } from './chain/RouteTable.ts';
