import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { CallMetrics } from '../telemetry/CallMetrics.ts';
import type { LoadShedder } from './LoadShedder.ts';
import { overloaded } from './overloaded.ts';

/** What the paths of health, reflection and the like begin with. */
const GRPC_ITSELF = '/grpc.';

/**
 * Refuses calls as a load shedder says, as early as grpc-js lets one: when their header has come, before permissions
 * are checked or a message is read. A call that is not refused pays for no interceptor.
 * gRPC's own services, such as health, are served whatever the load.
 */
export function refuseWhenOverloaded(
  shedder: Pick<LoadShedder, 'refuses'>,
  metrics: CallMetrics,
): ServerInterceptor {
  const {
    code,
    message: details,
    trailer: metadata,
  } = overloaded('OVERLOADED', 'the service is overloaded');
  const status = { code, details, metadata };
  return ({ path }, call) => {
    if (path.startsWith(GRPC_ITSELF) || !shedder.refuses()) return call as ServerInterceptingCall;
    const method = path.slice(1);
    metrics.serverStarted(method);
    metrics.serverRefused(method, 'overload');
    metrics.serverEnded(method, 'RESOURCE_EXHAUSTED', 0);
    return new ServerInterceptingCall(call, { start: () => call.sendStatus(status) });
  };
}
