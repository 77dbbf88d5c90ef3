import { envoy } from './envoy.ts';
import type { Program } from './Program.ts';

/** Starts, restarts and stops the others. From PyPI's `supervisor`, in one environment with Envoy. */
export const supervisord: Program = {
  ...envoy,
  name: 'supervisord',
  variable: 'WEFT_SUPERVISORD_BIN',
  companions: ['supervisorctl'],
  oldest: '4.3',
  binary: 'bin/supervisord',
};
