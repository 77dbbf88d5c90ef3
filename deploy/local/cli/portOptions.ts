import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Ports, portNames, portsFrom } from '../settings/ports.ts';
import { portVariable } from '../setup/assertPortsFree.ts';

export type PortOptions = { readonly portBase?: number } & {
  readonly [Name in keyof Ports as `${Name}Port`]?: number;
};

/** Adds an option, and an environment variable, for each port. */
export function addPortOptions(command: Command, defaults: Ports): Command {
  command.addOption(
    new Option('--port-base <port>', 'take ports in a row from here on, the edge first')
      .env('WEFT_PORT_BASE')
      .argParser(readPort),
  );
  for (const name of portNames) {
    const flag = `--${name.replace(/[A-Z\d]/g, (letter) => `-${letter.toLowerCase()}`)}-port`;
    command.addOption(
      new Option(`${flag} <port>`, `(default: ${defaults[name]})`)
        .env(portVariable(name))
        .argParser(readPort),
    );
  }
  return command;
}

/** The ports asked for, and those of `otherwise` for the rest. */
export function choosePorts(options: PortOptions, otherwise: Ports): Ports {
  const base = options.portBase === undefined ? otherwise : portsFrom(options.portBase);
  const chosen = portNames.map((name) => [name, options[`${name}Port`] ?? base[name]]);
  return Object.fromEntries(chosen);
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It is a number from 1 to 65535.');
}
