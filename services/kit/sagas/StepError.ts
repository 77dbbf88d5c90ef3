import { RpcError, Status } from '@weft/mesh/runtime';

/** Why a step has failed, in a form that is kept. */
export interface StepFailure {
  readonly message: string;
  /** Of a call that has failed; undefined: it was something else. */
  readonly code: Status | undefined;
  readonly isCancelled: boolean;
}

/** A step has failed for good. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly step: string;
  /** Of the call that has failed; undefined: it was something else. */
  readonly code: Status | undefined;
  /** Whether it has ended because somebody has cancelled the saga. */
  readonly isCancelled: boolean;

  constructor(step: string, { message, code, isCancelled }: StepFailure) {
    super(`${step}: ${message}`);
    this.step = step;
    this.code = code;
    this.isCancelled = isCancelled;
  }
}

/** What is kept of an error. */
export function failureOf(error: unknown): StepFailure {
  if (error instanceof RpcError) {
    return {
      message: `${error.codeName}: ${error.message}`,
      code: error.code,
      isCancelled: false,
    };
  }
  return {
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    code: undefined,
    isCancelled: false,
  };
}

/** That of a saga that somebody has cancelled. */
export const CANCELLED: StepFailure = {
  message: 'the saga was cancelled',
  code: undefined,
  isCancelled: true,
};

/** Whether it is NOT_FOUND: what was to be undone is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof RpcError && error.code === Status.NOT_FOUND;
}
