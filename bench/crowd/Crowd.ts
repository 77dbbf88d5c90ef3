/** What a process of a crowd is asked: to come to this edge, so many of it, or to go. */
export type CrowdAsk = { readonly edge: string; readonly size: number } | 'go';

/** What became of it. */
export interface CrowdAnswer {
  /** Watches or sockets that it holds; posts that were answered since it came. */
  readonly count: number;
  /** Watches that ended while they were held, and what was answered otherwise than meant. */
  readonly failed: number;
}
