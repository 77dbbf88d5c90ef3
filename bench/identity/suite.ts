import type { Suite } from '../harness/Suite.ts';
import { logins } from './logins.ts';
import { principalCalls } from './principalCalls.ts';

/** What it costs to know who calls. */
export const identity: Suite = {
  name: 'identity',
  services: ['identity'],
  async prepare(options, cleanup) {
    return [await logins(options, cleanup), await principalCalls(options, cleanup)];
  },
};
