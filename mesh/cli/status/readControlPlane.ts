import type { Status } from '../../control/admin/Status.ts';

const ANSWER_MS = 5_000;

/** What one control plane says of itself, or why it says nothing. */
export interface ControlPlaneReport {
  readonly url: string;
  readonly status: Status | undefined;
  readonly problem: string | undefined;
}

/** Asks the admin port of a control plane. Never fails: that it does not answer is the answer. */
export async function readControlPlane(url: string): Promise<ControlPlaneReport> {
  try {
    const answer = await fetch(new URL('/status', url), { signal: AbortSignal.timeout(ANSWER_MS) });
    if (!answer.ok) throw new Error(`answered ${answer.status}: ${(await answer.text()).trim()}`);
    return { url, status: (await answer.json()) as Status, problem: undefined };
  } catch (error) {
    const { message, cause } = error as Error;
    return { url, status: undefined, problem: cause instanceof Error ? cause.message : message };
  }
}
