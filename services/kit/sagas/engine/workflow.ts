import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk';

/** Name of the one workflow that all sagas are to DBOS. */
export const WORKFLOW = 'saga';
/** Processes that may die at a saga before it is given up. */
export const MOST_DEATHS = 20;

/** What the workflow does: DBOS is told of it once in the life of a process. */
let run: ((id: string) => Promise<void>) | undefined;
let isRegistered = false;

/** Has it do this. @throws Error when it does something else. */
export function takeWorkflow(work: (id: string) => Promise<void>): void {
  if (run) throw new Error('a process runs the sagas of one service');
  run = work;
}

export function releaseWorkflow(): void {
  run = undefined;
}

/** Tells DBOS of it, before it is launched. */
export function registerWorkflow(): void {
  if (isRegistered) return;
  isRegistered = true;
  DBOS.registerWorkflow(
    async (id: string) => {
      if (!run) throw new DBOSWorkflowConflictError(id);
      await run(id);
    },
    { name: WORKFLOW, maxRecoveryAttempts: MOST_DEATHS },
  );
}
