/**
 * `provision.ts FOLDER`: makes the streams and consumers for the events of all services in a folder of groups, under
 * `weft exec` as the operator. NATS_URL says where NATS is.
 */
import { Contracts } from '@weft/mesh/contracts';
import { readServices } from '@weft/mesh/manifest';
import pRetry from 'p-retry';
import { connectNats } from './connectNats.ts';
import { planEvents } from './planEvents.ts';
import { provisionStreams } from './provisionStreams.ts';

const [folder = 'services'] = process.argv.slice(2);
const { WEFT_IDENTITY = '', WEFT_SERVICE = 'cli', NATS_URL = '' } = process.env;
const identity = {
  certificate: `${WEFT_IDENTITY}/cert.pem`,
  key: `${WEFT_IDENTITY}/key.pem`,
  roots: `${WEFT_IDENTITY}/roots.pem`,
};
const plan = planEvents(Contracts.load(), await readServices(folder));
const options = { url: NATS_URL, service: WEFT_SERVICE, name: 'provision', identity };
const connection = await connectNats(options);
try {
  // While it starts, or elects a leader, JetStream refuses.
  await pRetry(() => provisionStreams(connection, plan), {
    retries: 20,
    factor: 1,
    minTimeout: 500,
  });
} finally {
  await connection.close();
}
