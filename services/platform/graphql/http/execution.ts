import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import { limits } from '../limits.ts';
import type { PreparedOperation } from '../operations/Operations.ts';

/** Executes a query or mutation. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>;

/** @param showsCost Whether the answer says what it has cost, as `extensions.cost`. */
export function makeExecute(showsCost: boolean): Execute {
  return async (args) => {
    const result = await execute(args);
    if (!showsCost) return result;
    const { calls, cost } = (args as PreparedOperation).contextValue;
    const most = { calls: limits.calls, objects: limits.objects };
    return {
      ...result,
      extensions: { ...result.extensions, calls, cost: { estimate: cost, most } },
    };
  };
}
