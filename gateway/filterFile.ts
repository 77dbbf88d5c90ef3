import { anyOf, type Config } from './typedConfig.ts';

/**
 * A filter as a file says it: Envoy takes it from there, and anew when another file is moved into its place. Requests that have
 * begun go on as they were, connections stay, and the next request is met by the new filter.
 *
 * @param type Full name of its configuration's message.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/overview/extension
 */
export function fromFile(name: string, file: string, type: string): Config {
  return {
    name,
    config_discovery: {
      config_source: { path_config_source: { path: file }, resource_api_version: 'V3' },
      type_urls: [`type.googleapis.com/${type}`],
    },
  };
}

/** What stands in such a file: an answer of extension config discovery. */
export function filterFile({ name, typed_config }: Config): Config {
  const type = 'envoy.config.core.v3.TypedExtensionConfig';
  return { resources: [anyOf(type, { name, typed_config })] };
}
