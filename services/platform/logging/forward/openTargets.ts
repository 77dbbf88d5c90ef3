import { readSecretFile } from '../../../kit/readSecretFile.ts';
import type { Config } from '../config.ts';
import { elasticsearch } from './elasticsearch.ts';
import { loki } from './loki.ts';
import type { Target } from './Target.ts';

/** Where the configuration has lines sent on to. @throws ConfigError for a file that is no secret. */
export async function openTargets(
  config: Pick<Config, 'loki' | 'elasticsearch'>,
): Promise<Target[]> {
  const targets: Target[] = [];
  if (config.loki) {
    const { url, authorizationFile } = config.loki;
    const secret = await read('LOGGING_LOKI_AUTHORIZATION_FILE', authorizationFile);
    targets.push(loki({ url, ...secret }));
  }
  if (config.elasticsearch) {
    const { url, authorizationFile, index } = config.elasticsearch;
    const secret = await read('LOGGING_ELASTICSEARCH_AUTHORIZATION_FILE', authorizationFile);
    targets.push(elasticsearch({ url, ...secret }, index));
  }
  return targets;
}

async function read(
  variable: string,
  file: string | undefined,
): Promise<{ authorization?: string }> {
  return file === undefined ? {} : { authorization: await readSecretFile(variable, file) };
}
