import { setTimeout as sleep } from 'node:timers/promises';
import { killBeforeAccept } from '../../mesh/runtime/testing/killBeforeAccept.ts';
import { upstreamBug } from './upstreamBug.ts';

const WAIT_MS = 1_000;

upstreamBug(
  {
    library: 'node',
    symptom: 'a connection given to a worker that dies before it takes it stays open',
    workaround: 'mesh/runtime/patches/closeUnacceptedConnections.ts',
  },
  async (t) => {
    const socket = await killBeforeAccept(t);
    await sleep(WAIT_MS);
    return !socket.closed;
  },
);
