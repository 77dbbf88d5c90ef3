import { RpcError, Status } from '@weft/mesh/runtime';

/** There is no connection to the service's own database for now: no server answers, or all connections are in use. */
export class DatabaseUnavailableError extends RpcError {
  constructor(cause: unknown) {
    super(Status.UNAVAILABLE, 'the database cannot be reached', { cause });
  }
}
