import cluster from 'node:cluster';

const VARIABLE = 'WEFT_WORKER';

/** A worker's place among the others; one that is started again takes its predecessor's. */
export interface WorkerSeat {
  /** From 1. */
  readonly number: number;
  /** Port of gRPC, which all share. */
  readonly port: number;
  /** Admin port of the primary process. */
  readonly adminPort: number;
}

/** The environment that tells a process its seat. */
export function seatEnvironment(seat: WorkerSeat): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(seat) };
}

/** This process's seat. Undefined: it is no worker. */
export function ownSeat(): WorkerSeat | undefined {
  const told = process.env[VARIABLE];
  // A worker's own children inherit the variable.
  return cluster.isWorker && told ? (JSON.parse(told) as WorkerSeat) : undefined;
}
