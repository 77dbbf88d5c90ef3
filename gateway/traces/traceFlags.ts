import { type Command, InvalidArgumentError, Option } from 'commander';
import { TRACE_PROTOCOLS, type TraceOptions, type TraceProtocol } from './TraceOptions.ts';

export interface TraceFlags {
  readonly otlpEndpoint?: string;
  readonly otlpProtocol: TraceProtocol;
}

/** Adds what `readTraceOptions` reads. */
export function addTraceFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--otlp-endpoint <url>', 'where traces go (default: nowhere)')
        .env('OTEL_EXPORTER_OTLP_ENDPOINT')
        .argParser(url),
    )
    .addOption(
      new Option('--otlp-protocol <protocol>', 'how they are sent')
        .env('OTEL_EXPORTER_OTLP_PROTOCOL')
        .choices(TRACE_PROTOCOLS)
        .default('http/protobuf'),
    );
}

/**
 * Headers come from the environment alone: they may hold a token, and others of the machine see arguments.
 *
 * @throws Error for headers that are none.
 */
export function readTraceOptions(
  { otlpEndpoint, otlpProtocol }: TraceFlags,
  headers = process.env.OTEL_EXPORTER_OTLP_HEADERS ?? '',
): { readonly traces?: TraceOptions } {
  if (!otlpEndpoint) return {};
  return {
    traces: { endpoint: otlpEndpoint, protocol: otlpProtocol, headers: parseHeaders(headers) },
  };
}

/** As W3C's Baggage has them: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables */
function parseHeaders(text: string): Record<string, string> {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const [, name, value] =
        /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*([^;]*?)\s*(?:;.*)?$/.exec(entry) ?? [];
      // What it is may be secret.
      if (!name || value === undefined) {
        throw new Error('OTEL_EXPORTER_OTLP_HEADERS is no list such as "name=value,other=value".');
      }
      return [name, decodeURIComponent(value)];
    }),
  );
}

function url(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new InvalidArgumentError('It is a URL of http or https.');
  }
  return text;
}
