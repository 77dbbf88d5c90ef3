/** Environment variables that are missing or wrong: all of them in one message, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
