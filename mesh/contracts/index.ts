export { ACCESS, type Access, type AccessRule, asksForPrincipal, isOpen } from './AccessRule.ts';
export { Contracts } from './Contracts.ts';
export { digestOf } from './digestOf.ts';
export type { EventContract, StreamContract } from './EventContract.ts';
export { edgeNames } from './edgeNames.ts';
export { grpcContentType } from './grpcContentType.ts';
export { HTTP_STATUSES } from './httpStatuses.ts';
export { isFront } from './isFront.ts';
export type {
  HttpBinding,
  MethodContract,
  RateLimit,
  RoutingHeader,
} from './MethodContract.ts';
export { methodDefaults } from './methodDefaults.ts';
export { openDescriptors } from './openDescriptors.ts';
export { byPrecedence, type PathTemplate, parsePathTemplate, segmentOf } from './pathTemplate.ts';
export type { ResourceContract, ResourceOwner } from './ResourceContract.ts';
export type {
  EventRoomContract,
  RoomContract,
  RoomEvent,
  SnapshotContract,
  StateRoomContract,
} from './RoomContract.ts';
export type { FieldBehavior } from './readBehaviors.ts';
export { readOption } from './readOption.ts';
export { demandsUuidV7, UUID_V7, UUID_V7_RULE } from './uuidV7.ts';
