/** The clients of one control plane, and the changes that are made before their eyes. */
import { ConsulClient } from '../../mesh/consul/index.ts';
import { cpuSecondsOf, processUsage } from '../harness/processUsage.ts';
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import { quantile } from '../harness/statistics.ts';
import { AdsClient } from './AdsClient.ts';
import { moveInstance, PROBES, serviceName } from './catalogue.ts';

export interface ControlLoad {
  readonly consul: string;
  /** The control plane's xDS, such as "127.0.0.1:18000", and its process. */
  readonly xds: string;
  readonly pid: number;
  readonly services: number;
  readonly clients: number;
  readonly upstreams: number;
  readonly seconds: number;
}

/** A change must reach all within this; else something is broken. */
const LOST_AFTER_MS = 20_000;

const clients: AdsClient[] = [];
let port = 20_000;

/** Each follows one probe, and of the other services as many as it takes, spread evenly. */
async function connect({ xds, services, clients: count, upstreams }: ControlLoad): Promise<void> {
  const complete: Promise<void>[] = [];
  for (let number = 0; number < count; number++) {
    const names = [serviceName(number % PROBES)];
    for (let i = 0; names.length < upstreams; i++) {
      names.push(serviceName(PROBES + ((number * (upstreams - 1) + i) % (services - PROBES))));
    }
    complete.push(
      new Promise((resolve) => clients.push(new AdsClient(xds, number, names, resolve))),
    );
  }
  await Promise.all(complete);
}

function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

serveParent<ControlLoad, Measurement>(undefined, async (load) => {
  if (clients.length === 0) await connect(load);
  const consul = new ConsulClient({ address: load.consul, token: '' });
  const bytes = () => clients.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  const [bytesBefore, cpuBefore] = [bytes(), cpuSecondsOf([load.pid])];
  const times: number[] = [];
  let lost = 0;
  const end = performance.now() + load.seconds * 1_000;
  for (let probe = 0; performance.now() < end; probe = (probe + 1) % PROBES) {
    port += 1;
    const service = serviceName(probe);
    const followers = clients.filter(({ upstreams }) => upstreams[0] === service);
    const acknowledged = Promise.all(followers.map((one) => one.acknowledged(service, port)));
    const begun = performance.now();
    await moveInstance(consul, probe, port);
    if (await within(acknowledged, LOST_AFTER_MS)) times.push(performance.now() - begun);
    else lost += 1;
  }
  return {
    value: quantile(times, 0.99),
    errors: lost + clients.filter(({ isBroken }) => isBroken).length,
    extra: {
      'p50 ms': quantile(times, 0.5),
      'CPU ms/change': ((cpuSecondsOf([load.pid]) - cpuBefore) / times.length) * 1_000,
      'bytes/change': (bytes() - bytesBefore) / times.length,
      'bytes/change and follower':
        (bytes() - bytesBefore) / times.length / (clients.length / PROBES),
      MB: processUsage(load.pid).residentMb,
      changes: times.length,
    },
  };
});
