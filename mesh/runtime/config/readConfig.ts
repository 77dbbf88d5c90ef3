import type { z } from 'zod';
import { ConfigError } from './ConfigError.ts';

/**
 * Reads settings from environment variables by a zod schema whose keys are the variables' names. A variable that
 * is set but empty counts as not set.
 *
 * @throws ConfigError that names every variable that is missing or wrong, and never its value.
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const name = issue.path.join('.') || 'environment';
    return `  ${name}: ${issue.path[0] !== undefined && !(issue.path[0] in set) ? 'is not set' : issue.message}`;
  });
  throw new ConfigError(`the environment cannot be used:\n${lines.join('\n')}`);
}
