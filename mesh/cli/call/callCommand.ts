import { ConsulClient } from '@weft/mesh/consul';
import { Command, InvalidArgumentError } from 'commander';
import { interruption } from '../interruption.ts';
import { durationOption, serviceOption } from '../output/options.ts';
import { type MethodName, parseMethod } from './MethodName.ts';

interface CallFlags {
  readonly service?: string;
  readonly as: string;
  readonly timeout?: number;
  readonly metadata: [string, string][];
}

/** `weft call`: one gRPC call through the mesh. */
export function callCommand(): Command {
  return new Command('call')
    .description('Call a gRPC method through the mesh, over mutual TLS and subject to intentions.')
    .argument('<method>', 'such as market.v1.AnalyticsService/ListAssets', parseMethod)
    .argument('[json]', 'the request; "-" for standard input, one JSON value a line', '{}')
    .option('--service <name>', 'mesh service to call (default: found in Consul)', serviceOption)
    .option('--as <name>', 'identity to call with, as intentions name it', serviceOption, 'cli')
    .option(
      '--timeout <duration>',
      'give up after it, such as 5s (default: the contract)',
      durationOption,
    )
    .option('--metadata <key=value>', 'sent along; may be repeated', metadataOption, [])
    .addHelpText('after', HELP)
    .action(call);
}

async function call(method: MethodName, json: string, flags: CallFlags): Promise<void> {
  const { callMethod } = await import('./callMethod.ts');
  const { signal, exitCode } = interruption();
  try {
    await callMethod({
      method,
      json,
      service: flags.service,
      identity: flags.as,
      timeoutMs: flags.timeout,
      metadata: flags.metadata,
      consul: new ConsulClient(),
      input: process.stdin,
      output: process.stdout,
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = exitCode();
  }
}

const HELP = `
The request and the answers are protobuf JSON; what the method takes is learnt from the server by
reflection. A stream of answers is printed as one line of JSON each, until it ends or Ctrl-C.

Exits with 0 when the call succeeded, 1 when it failed (the gRPC status is on standard error), 2 when the
request is no valid JSON for the method.

Examples:
  weft call market.v1.AnalyticsService/GetAssetSummary '{"assetSymbol":"SP500"}'
  weft call market.v1.AnalyticsService/WatchAsset '{"assetSymbol":"DEMO"}'
  weft call --as trading --timeout 2s market.v1.AnalyticsService/ListAssets
  weft call market.v1.MarketDataService/StreamMarketData - < requests.ndjson`;

function metadataOption(text: string, former: [string, string][]): [string, string][] {
  const [, key, value] = /^([0-9a-z_.-]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError('It is key=value, the key in lower case.');
  }
  return [...former, [key, value]];
}
