import { readFileSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { toLua } from './lua.ts';
import { type Config, typedConfig } from './typedConfig.ts';

const NAME = 'weft.grpc_web_status';
const script = readFileSync(new URL('grpcWebStatus.lua', import.meta.url), 'utf8');

/** Gives gRPC-Web clients gRPC's statuses for what the edge answers itself. Stands before grpc_web. */
export const grpcWebStatus: Config = typedConfig(NAME, 'envoy.extensions.filters.http.lua.v3.Lua', {
  default_source_code: {
    inline_string: [
      `local NAMESPACE = ${toLua(NAME)}`,
      `local GRPC_WEB_HEADER = ${toLua(edgeNames.grpcWebHeader)}`,
      script,
    ].join('\n'),
  },
});
