import { bypassRetryBufferOnceCommitted } from './bypassRetryBufferOnceCommitted.ts';
import { cachePeerCertificates } from './cachePeerCertificates.ts';
import { clearPriorityTimers } from './clearPriorityTimers.ts';
import { closeUnacceptedConnections } from './closeUnacceptedConnections.ts';
import { coalesceUnaryResponse } from './coalesceUnaryResponse.ts';
import { connectTimeout } from './connectTimeout.ts';
import { deliverMessagesBeforeStatus } from './deliverMessagesBeforeStatus.ts';
import { drainAfterRead } from './drainAfterRead.ts';
import { endConnectionsAfterDrain } from './endConnectionsAfterDrain.ts';
import { keepaliveWhileDraining } from './keepaliveWhileDraining.ts';
import { keepRoutesOnError } from './keepRoutesOnError.ts';
import { lightXdsImport } from './lightXdsImport.ts';
import { matchByRe2js } from './matchByRe2js.ts';
import type { Patch } from './Patch.ts';
import { rejectNonGrpcRequests } from './rejectNonGrpcRequests.ts';
import { serveHttpStreams } from './serveHttpStreams.ts';
import { throttleRetries } from './throttleRetries.ts';
import { widenFlowControlWindows } from './widenFlowControlWindows.ts';
import { wrapRbacFilter } from './wrapRbacFilter.ts';

/** All patches, in the order in which those of one stage are applied. The first is about the import that others make. */
export const PATCHES: readonly Patch[] = [
  lightXdsImport,
  keepaliveWhileDraining,
  deliverMessagesBeforeStatus,
  cachePeerCertificates,
  widenFlowControlWindows,
  rejectNonGrpcRequests,
  serveHttpStreams,
  connectTimeout,
  bypassRetryBufferOnceCommitted,
  coalesceUnaryResponse,
  drainAfterRead,
  endConnectionsAfterDrain,
  clearPriorityTimers,
  matchByRe2js,
  wrapRbacFilter,
  keepRoutesOnError,
  throttleRetries,
  closeUnacceptedConnections,
];
