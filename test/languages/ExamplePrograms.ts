import { join } from 'node:path';
import { findGo } from '../../deploy/local/programs/go.ts';
import { findPython } from '../../deploy/local/programs/python.ts';
import { buildGo } from '../../examples/go/build.ts';
import { buildJava, findJava } from '../../examples/java/build.ts';
import { buildPython } from '../../examples/python/build.ts';
import { freePort } from '../../mesh/testing/freePort.ts';
import type { MeshProgram } from '../support/MeshProgram.ts';
import type { TestMesh } from '../support/TestMesh.ts';
import { waitFor } from '../support/waitFor.ts';

export const LANGUAGES = ['go', 'python', 'java'] as const;
export type Language = (typeof LANGUAGES)[number];

/** How a program is started on a port, and its admin services on another. */
type Start = (port: number, adminPort: number) => readonly string[];

/** A program of examples/ that runs in the mesh. */
export type ExampleProgram = MeshProgram & { readonly port: number; readonly adminPort: number };

const root = join(import.meta.dirname, '../..');
const progress = {
  report: (line: string) => void process.stderr.write(`${line}\n`),
  signal: AbortSignal.timeout(600_000),
};

const languages: Record<Language, { toolchain(): Promise<string>; build(): Promise<Start> }> = {
  go: {
    toolchain: () => findGo(progress),
    async build() {
      const program = await buildGo(progress);
      return (port, adminPort) => [program, '--listen', `:${port}`, ...adminAt(adminPort)];
    },
  },
  python: {
    toolchain: findPython,
    async build() {
      const python = await buildPython(progress);
      const program = join(root, 'examples/python/risk.py');
      return (port, adminPort) => [
        ...[python, program, '--listen', `0.0.0.0:${port}`, ...adminAt(adminPort)],
      ];
    },
  },
  java: {
    toolchain: findJava,
    async build() {
      const java = await findJava();
      const program = await buildJava(progress);
      return (port, adminPort) => [
        ...[java, '-jar', program, '--port', String(port), ...adminAt(adminPort)],
      ];
    },
  },
};

const adminAt = (port: number) => ['--admin', `127.0.0.1:${port}`];

/** The programs in examples/, built, as far as this machine can build them. */
export class ExamplePrograms {
  readonly #starts = new Map<Language, Start>();
  readonly #missing = new Map<Language, string>();

  static async build(): Promise<ExamplePrograms> {
    const programs = new ExamplePrograms();
    for (const name of LANGUAGES) {
      const { toolchain, build } = languages[name];
      try {
        await toolchain();
      } catch (error) {
        programs.#missing.set(name, `no ${name} here: ${(error as Error).message}`);
        continue;
      }
      programs.#starts.set(name, await build());
    }
    return programs;
  }

  /** Why one of them cannot be run on this machine; undefined: all can. */
  missing(...names: readonly Language[]): string | undefined {
    return names.map((name) => this.#missing.get(name)).find(Boolean);
  }

  /** `weft exec` of the program as the service `risk`, from the time on that Consul finds it healthy. */
  async start(mesh: TestMesh, language: Language, version: string): Promise<ExampleProgram> {
    const command = this.#starts.get(language);
    if (!command) throw new Error(this.missing(language));
    const [port, adminPort] = [await freePort(), await freePort()];
    const program = await mesh.program(
      [
        ...[join(root, 'node_modules/.bin/weft'), 'exec', '--service', 'risk'],
        ...['--instance', language, '--port', String(port), '--upstreams', 'analytics'],
        ...['--grpc', 'examples.v1.RiskService', '--'],
        ...[...command(port, adminPort), '--version', version],
      ],
      { WEFT_VERSION: version },
    );
    await waitFor(`${language} to be healthy`, async () => {
      if (!program.isRunning) throw new Error(program.output);
      return (await mesh.instances('risk')).some(({ ID }) => ID === `risk-${language}`);
    });
    return Object.assign(program, { port, adminPort });
  }
}
