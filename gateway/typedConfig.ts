/** A part of Envoy's configuration, in the JSON mapping of its protos with their own field names. */
export type Config = { readonly [field: string]: unknown };

/** An extension of Envoy: its name, and its configuration packed as an Any. */
export function typedConfig(name: string, type: string, config: Config = {}): Config {
  return { name, typed_config: anyOf(type, config) };
}

/** A message in the JSON mapping of google.protobuf.Any; `type` is its full name. */
export function anyOf(type: string, config: Config): Config {
  return { '@type': `type.googleapis.com/${type}`, ...config };
}
