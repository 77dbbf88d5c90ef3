import type { Implementation } from '@weft/mesh/runtime';
import type { Secret } from '../secret/Secret.ts';

/** Methods whose answers are kept sealed. */
export interface SealedImplementation extends Implementation {
  readonly answersSealedBy: Secret;
}

/** Has answers kept for idempotency keys sealed: there are secrets in some, which the database is not to have. */
export function sealAnswers(implementation: Implementation, secret: Secret): SealedImplementation {
  return { ...implementation, answersSealedBy: secret };
}
