import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { callCommand } from './call/callCommand.ts';
import { eventsCommand } from './events/eventsCommand.ts';
import { execCommand } from './exec/execCommand.ts';
import { faultCommand } from './fault/faultCommand.ts';
import { intentionCommand } from './intention/intentionCommand.ts';
import { adoptLocalMesh } from './local/adoptLocalMesh.ts';
import { envCommand } from './local/envCommand.ts';
import { logsCommand } from './logs/logsCommand.ts';
import { newCommand } from './new/newCommand.ts';
import { openapiCommand } from './openapi/openapiCommand.ts';
import { reportFailure } from './output/reportFailure.ts';
import { routesCommand } from './routes/routesCommand.ts';
import { sagaCommand } from './saga/sagaCommand.ts';
import { splitCommand } from './split/splitCommand.ts';
import { statusCommand } from './status/statusCommand.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('weft')
  .hook('preAction', () => adoptLocalMesh())
  .description('See, call, join and steer a Weft mesh.')
  .version(version)
  .enablePositionalOptions()
  .addCommand(statusCommand())
  .addCommand(callCommand())
  .addCommand(execCommand())
  .addCommand(envCommand())
  .addCommand(routesCommand())
  .addCommand(splitCommand())
  .addCommand(intentionCommand())
  .addCommand(faultCommand())
  .addCommand(sagaCommand())
  .addCommand(logsCommand())
  .addCommand(eventsCommand())
  .addCommand(openapiCommand(version))
  .addCommand(newCommand())
  .addHelpText(
    'after',
    `
It speaks with the mesh that make up runs for this clone, or in WEFT_HOME, on whatever ports, unless a variable names
another one:
  CONSUL_HTTP_ADDR   Consul's HTTP API, also unix:///path (default: http://127.0.0.1:8500)
  CONSUL_HTTP_TOKEN  ACL token, or CONSUL_HTTP_TOKEN_FILE
  CONSUL_GRPC_ADDR   Consul's servers, which sign certificates (default: those that the agent knows)
  WEFT_XDS_SERVER    the host's control plane (default: unix:WEFT_HOME/sockets/control.sock)
  WEFT_DEBUG         set: print stacks

Examples:
  weft status
  weft call market.v1.AnalyticsService/ListAssets
  weft exec --service risk --port 9000 -- python risk.py
  weft split analytics v1=90 v2=10
  weft intention deny trading analytics`,
  );

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
