import { control } from './control/suite.ts';
import { crowd } from './crowd/suite.ts';
import { edge } from './edge/suite.ts';
import { events } from './events/suite.ts';
import { failover } from './failover/suite.ts';
import type { Suite } from './harness/Suite.ts';
import { identity } from './identity/suite.ts';
import { logs } from './logs/suite.ts';
import { market } from './market/suite.ts';
import { options } from './options/suite.ts';
import { overload } from './overload/suite.ts';
import { server } from './server/suite.ts';
import { sockets } from './sockets/suite.ts';
import { start } from './start/suite.ts';
import { unary } from './unary/suite.ts';
import { watch } from './watch/suite.ts';

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [
  market,
  options,
  unary,
  server,
  watch,
  sockets,
  edge,
  identity,
  events,
  logs,
  control,
  failover,
  overload,
  crowd,
  start,
];
