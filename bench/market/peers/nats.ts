import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { StreamTicksRequest } from '@weft/proto/bench/v1/ticks';
import type { TickEnvironment, TickPeer } from '../TickPeer.ts';

const SUBJECT = 'ticks';
const COUNT = 'ticks.count';
/** Core NATS drops what a slow subscriber does not take: the sender waits for it this often. */
const TICKS_PER_WAIT = 10_000;

/** NATS core publish and subscribe, through its server, with client certificates. */
export const peer: TickPeer = {
  name: 'NATS core, mTLS',

  async receive(environment) {
    const connection = await open(environment);
    let count = 0;
    connection.subscribe(SUBJECT, {
      callback: (_, { data }) => {
        StreamTicksRequest.decode(data);
        count++;
      },
    });
    connection.subscribe(COUNT, {
      callback: (_, message) => void message.respond(String(count)),
    });
    await connection.flush();
    return '';
  },

  async connect(environment) {
    const connection = await open(environment);
    const received = async () => Number((await connection.request(COUNT)).string());
    return {
      async send(ticks) {
        const before = await received();
        let sent = 0;
        for (const tick of ticks) {
          connection.publish(SUBJECT, StreamTicksRequest.encode(tick).finish());
          if (++sent % TICKS_PER_WAIT === 0) await received();
        }
        return (await received()) - before;
      },
    };
  },
};

function open({ tls, broker }: TickEnvironment): Promise<NatsConnection> {
  const read = (file: string) => readFileSync(join(tls, file), 'utf8');
  const certificates = {
    ca: read('roots.pem'),
    cert: read('cert.pem'),
    key: read('key.pem'),
    // The certificate names a SPIFFE id and no host.
    checkServerIdentity: () => undefined,
  };
  return connect({ servers: broker, tls: certificates });
}
