import { Command } from 'commander';
import { CliError } from '../CliError.ts';
import { print } from '../output/print.ts';

interface Flags {
  readonly group?: string;
  readonly server?: string;
  readonly contracts?: string;
}

/** `weft openapi`: the REST interface as a document for other tools. */
export function openapiCommand(version: string): Command {
  return new Command('openapi')
    .description('Print the REST interface of the open methods as OpenAPI 3.1, in JSON.')
    .option('--group <name>', 'only services of this group, such as market')
    .option('--server <url>', 'URL of the edge (default: /, where the document is from)')
    .option('--contracts <file>', 'buf image (default: that of `buf generate`)')
    .addHelpText('after', HELP)
    .action(async ({ contracts, ...options }: Flags) => {
      const { loadDocumented, openApiDocument } = await import('../../openapi/index.ts');
      const document = make(() =>
        openApiDocument(loadDocumented(contracts), { version, ...options }),
      );
      print(`${JSON.stringify(document, undefined, 2)}\n`);
    });
}

function make<T>(document: () => T): T {
  try {
    return document();
  } catch (error) {
    throw new CliError((error as Error).message, { cause: error, exitCode: 2 });
  }
}

const HELP = `
It is made from the contracts alone: no mesh has to run.

Exits with 0, or 2 for an unknown group or an image that cannot be read.

Examples:
  weft openapi > openapi.json
  weft openapi --group market --server http://127.0.0.1:8080`;
