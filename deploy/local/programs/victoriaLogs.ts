import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGoTool } from './buildGoTool.ts';
import type { Program } from './Program.ts';

const tool = {
  module: fileURLToPath(new URL('victoriaLogs', import.meta.url)),
  path: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
};

/** VictoriaLogs, where logs are kept, built from its Go module: there is no package of its binary. */
export const victoriaLogs: Program = {
  name: 'victoria-logs',
  variable: 'WEFT_VICTORIA_LOGS_BIN',
  variableNames: 'file',
  companions: [],
  // The first that is told to delete by a filter (`-delete.enable`) and is tried here.
  oldest: '1.52',
  binary: 'victoria-logs',
  cacheName: async () => 'victoria-logs-1.52.1',
  install: (folder, progress) =>
    buildGoTool(tool, join(folder, 'victoria-logs'), 'about two minutes', progress),
};
