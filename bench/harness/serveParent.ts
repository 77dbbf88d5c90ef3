/** The other end of a Worker: says that this process is ready, answers questions, and ends with its parent. */
export function serveParent<Ask, Answer>(
  ready: unknown,
  answer: (question: Ask) => Promise<Answer>,
): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (question: Ask) => {
    try {
      process.send?.({ answer: await answer(question) });
    } catch (error) {
      process.send?.({
        error: error instanceof Error ? (error.stack ?? error.message) : `${error}`,
      });
    }
  });
  process.send?.({ answer: ready });
}
