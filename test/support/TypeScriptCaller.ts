import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RiskCall, RiskOutcome } from './riskCaller.ts';

/** A caller in TypeScript, in a process of its own that ends with the test's. */
export class TypeScriptCaller {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (outcome: RiskOutcome) => void>();
  #last = 0;

  /** @param env Of the mesh. */
  constructor(env: Readonly<Record<string, string>>) {
    const file = fileURLToPath(new URL('riskCaller.ts', import.meta.url));
    this.#process = fork(file, { env: { ...process.env, ...env, WEFT_LOG_LEVEL: 'fatal' } });
    this.#process.on('message', ({ id, outcome }: { id: number; outcome: RiskOutcome }) => {
      this.#waiting.get(id)?.(outcome);
      this.#waiting.delete(id);
    });
    this.#process.on('exit', (code) => {
      const message = `the caller ended with ${code}`;
      for (const tell of this.#waiting.values()) tell({ code: -1, message, answer: undefined });
    });
  }

  /** RiskService.AssessPosition, of whichever instance. */
  assess(
    assetSymbol = 'SP500',
    quantity = 10,
    { service = 'risk', headers = {} }: Partial<Omit<RiskCall, 'position'>> = {},
  ): Promise<RiskOutcome> {
    this.#last += 1;
    const id = this.#last;
    const call: RiskCall = { service, headers, position: { assetSymbol, quantity } };
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.send({ id, call });
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
