/** Ends with 0 after some rounds of outlier detection without traffic, if it gets so far. */
import { Client, credentials, Server } from '@grpc/grpc-js';
import { listen } from '../../mesh/testing/listen.ts';

const ROUNDS_MS = 500;

const server = new Server();
const port = await listen(server);
const outlierDetection = {
  interval: { seconds: 0, nanos: 50_000_000 },
  success_rate_ejection: { minimum_hosts: 0 },
  child_policy: [{ round_robin: {} }],
};
const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
  'grpc.service_config': JSON.stringify({
    methodConfig: [],
    loadBalancingConfig: [{ outlier_detection: outlierDetection }],
  }),
});
client.waitForReady(Date.now() + 30_000, (error) => {
  if (error) throw error;
  setTimeout(() => process.exit(0), ROUNDS_MS);
});
