import type { ChannelInterface } from '@grpc/grpc-js';

type ChannelCall = ReturnType<ChannelInterface['createCall']>;

/** What grpc-js keeps of a call's target: see `budgetRetries`. */
interface RetryBudget {
  addCallFailed(): void;
  canRetryCall(): boolean;
}

/**
 * Takes what the failure of a call costs from the budget for retries of its target, and says whether the budget lets
 * the call be made again. For failures that grpc-js itself neither retries nor counts.
 *
 * @returns true as well when the target has no budget.
 */
export function takeRetry(call: ChannelCall): boolean {
  // Private in grpc-js: there is none before the target is resolved.
  const { child } = call as unknown as { child: { retryThrottler?: RetryBudget } | null };
  const budget = child?.retryThrottler;
  budget?.addCallFailed();
  return budget?.canRetryCall() ?? true;
}
