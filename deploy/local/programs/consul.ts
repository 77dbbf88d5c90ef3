import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGoTool } from './buildGoTool.ts';
import type { Program } from './Program.ts';

const tool = {
  module: fileURLToPath(new URL('consul', import.meta.url)),
  path: 'github.com/hashicorp/consul',
};

/** Consul with its web page, built from the Go module: there is no package of its binary. */
export const consul: Program = {
  name: 'consul',
  variable: 'WEFT_CONSUL_BIN',
  variableNames: 'file',
  companions: [],
  oldest: '1.22',
  binary: 'consul',
  cacheName: async () => 'consul-1.22.2',
  install: (folder, progress) =>
    buildGoTool(tool, join(folder, 'consul'), 'about four minutes', progress),
};
