import { status as Status } from '@grpc/grpc-js';
import {
  type HealthCheckResponse,
  HealthDefinition,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@weft/proto/grpc/health/v1/health';
import { RpcError } from '../rpc/RpcError.ts';
import { type Implementation, implement } from '../server/implement.ts';
import type { ServingState } from './ServingState.ts';

/**
 * grpc.health.v1: the state of the whole process for each service that it serves, and for "".
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 * @param services Full names of the gRPC services.
 */
export function healthService(services: readonly string[], state: ServingState): Implementation {
  const known = new Set(['', ...services]);
  const status = (): HealthCheckResponse => ({
    status: state.serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING,
  });
  return implement(HealthDefinition, {
    check({ service }) {
      if (!known.has(service)) throw new RpcError(Status.NOT_FOUND, `no service ${service}`);
      return status();
    },

    list() {
      return { statuses: Object.fromEntries([...known].map((service) => [service, status()])) };
    },

    async *watch({ service }, { signal }) {
      while (!signal.aborted) {
        // A service that is not served now will not be served later, but the protocol keeps the call open.
        yield known.has(service) ? status() : { status: ServingStatus.SERVICE_UNKNOWN };
        await state.change(signal);
      }
    },
  });
}
