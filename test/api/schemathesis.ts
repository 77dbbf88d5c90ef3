import { join } from 'node:path';
import { execa } from 'execa';
import type { Progress } from '../../deploy/local/Progress.ts';
import { ensureEnvironment } from '../../deploy/local/programs/python.ts';
import type { OpenApiDocument } from '../../mesh/openapi/openApiDocument.ts';

export interface SchemathesisOptions {
  /** Base URL of the edge. */
  readonly edge: string;
  /** Requests that are tried of each operation and kind, at most. */
  readonly examples: number;
  /** The same number makes the same requests. */
  readonly seed: number;
  /** Only operations of this group. Default: all. */
  readonly group?: string;
  /** An access token. Default: none, and what needs one answers 401. */
  readonly token?: string;
  /** A folder for what it keeps between runs, and its report. */
  readonly folder: string;
}

/**
 * What an answer must never be: a fault of the service, a status that the document does not name for the operation, or a
 * header or body against what it says of them; and 405 is the answer to a verb that the path does not know. Not whether what
 * a schema allows is accepted: it cannot say what token of a page is good, nor how long a duration may be.
 */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];

/**
 * Has Schemathesis make requests of what the edge's own OpenAPI document says, right ones and wrong ones.
 *
 * Streams are left out: they go on until whoever listens has gone.
 *
 * @returns what it wrote, and whether it found nothing.
 */
export async function schemathesis(
  { edge, examples, seed, group, token, folder }: SchemathesisOptions,
  progress: Progress,
): Promise<{ readonly passed: boolean; readonly output: string }> {
  const environment = await ensureEnvironment(
    join(import.meta.dirname, 'requirements.txt'),
    progress,
  );
  const url = `${edge}${group ? `/openapi/${group}.json` : '/openapi.json'}`;
  const document = (await (await fetch(url)).json()) as OpenApiDocument;
  const streams = streamsOf(document).flatMap((id) => ['--exclude-operation-id', id]);
  const { exitCode, all } = await execa(
    join(environment, 'bin/st'),
    [
      ...['--config-file', join(import.meta.dirname, 'schemathesis.toml')],
      ...['run', url, '--url', edge, '--checks', CHECKS.join(',')],
      ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(examples)],
      ...['--seed', String(seed), '--generation-database', 'none', '--workers', '1'],
      ...['--request-timeout', '30', '--continue-on-failure', '--no-color', ...streams],
      ...(token ? ['--header', `Authorization: Bearer ${token}`] : []),
    ],
    { cwd: folder, all: true, reject: false, cancelSignal: progress.signal },
  );
  return { passed: exitCode === 0, output: all };
}

/** Ids of operations that answer with events. */
function streamsOf({ paths }: OpenApiDocument): string[] {
  return Object.values(paths)
    .flatMap((verbs) => Object.values(verbs))
    .filter(({ responses }) => responses['200']?.content?.['text/event-stream'])
    .map(({ operationId }) => operationId);
}
