import { control } from './control/suite.ts';
import { edge } from './edge/suite.ts';
import { failover } from './failover/suite.ts';
import type { Suite } from './harness/Suite.ts';
import { market } from './market/suite.ts';
import { overload } from './overload/suite.ts';
import { server } from './server/suite.ts';
import { start } from './start/suite.ts';
import { unary } from './unary/suite.ts';
import { watch } from './watch/suite.ts';

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [
  market,
  unary,
  server,
  watch,
  edge,
  control,
  failover,
  overload,
  start,
];
