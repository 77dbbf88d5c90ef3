import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { killProgram, spawnProgram } from '../../mesh/testing/spawnProgram.ts';

/** A program that answers each line with one, both JSON; it says a line when it is ready, and dies with this process. */
export class PythonWorker<Ask, Answer> {
  readonly #input: Writable;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;

  private constructor(name: string, input: Writable, lines: AsyncIterator<string>) {
    this.#name = name;
    this.#input = input;
    this.#lines = lines;
  }

  static async start<Ask, Answer>(
    command: readonly string[],
    cleanup: AsyncDisposableStack,
  ): Promise<PythonWorker<Ask, Answer>> {
    const child = spawnProgram(command, { stdio: ['pipe', 'pipe', 'inherit'] });
    cleanup.defer(() => killProgram(child));
    await once(child, 'spawn');
    const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
    const worker = new PythonWorker<Ask, Answer>(command.join(' '), child.stdin as Writable, lines);
    await worker.#next();
    return worker;
  }

  /** One question at a time. @throws Error when the program ends before it has answered. */
  async ask(question: Ask): Promise<Answer> {
    this.#input.write(`${JSON.stringify(question)}\n`);
    return (await this.#next()) as Answer;
  }

  async #next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#name} has ended`);
    return JSON.parse(value);
  }
}
