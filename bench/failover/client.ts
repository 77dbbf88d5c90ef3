/** Calls the echo service at a steady rate, whether answers come or not. */
import { connectMesh } from '@weft/mesh/runtime';
import {
  EchoOnceServiceDefinition,
  type EchoRequest,
  EchoServiceDefinition,
} from '@weft/proto/bench/v1/echo';
import { serveParent } from '../harness/serveParent.ts';

/** What to do. */
export interface SteadyLoad {
  readonly callsPerSecond: number;
  readonly seconds: number;
  readonly isIdempotent: boolean;
}

/** One call; times are those of the wall clock, in milliseconds. */
export interface CallRecord {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly hasFailed: boolean;
}

const mesh = await connectMesh({ service: 'bench-client' });
const idempotent = mesh.client(EchoServiceDefinition);
const once = mesh.client(EchoOnceServiceDefinition);

async function call(number: number, isIdempotent: boolean): Promise<CallRecord> {
  const echo: EchoRequest = { name: 'bench', number, payload: Buffer.alloc(100) };
  const sentAt = Date.now();
  try {
    if (isIdempotent) await idempotent.echo(echo);
    else await once.echoOnce({ echo });
    return { sentAt, endedAt: Date.now(), hasFailed: false };
  } catch {
    return { sentAt, endedAt: Date.now(), hasFailed: true };
  }
}

serveParent<SteadyLoad, CallRecord[]>(undefined, async (load) => {
  const calls: Promise<CallRecord>[] = [];
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - start) / 1_000;
      const due = Math.min(elapsed, load.seconds) * load.callsPerSecond;
      while (calls.length < due) calls.push(call(calls.length + 1, load.isIdempotent));
      if (elapsed < load.seconds) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  return Promise.all(calls);
});
