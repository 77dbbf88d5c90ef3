/** What Consul answered is not what its API promises. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}
