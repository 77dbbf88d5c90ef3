import { ServiceBroker } from 'moleculer';
import { freePort } from '../../../mesh/runtime/server/freePort.ts';
import type { UnaryPeer } from '../UnaryPeer.ts';

/** Moleculer over its TCP transporter, which has no TLS, with its default JSON serializer. */
export const peer: UnaryPeer = {
  name: 'Moleculer TCP, no TLS',

  async serve() {
    const port = await freePort();
    const broker = new ServiceBroker({
      nodeID: 'server',
      logger: false,
      transporter: { type: 'TCP', options: { port, udpDiscovery: false, urls: [] } },
    });
    broker.createService({
      name: 'echo',
      actions: { echo: { handler: ({ params }: { params: unknown }) => params } },
    });
    await broker.start();
    return { address: `127.0.0.1:${port}`, close: () => broker.stop() };
  },

  async connect(_environment, address) {
    const broker = new ServiceBroker({
      nodeID: 'client',
      logger: false,
      transporter: {
        type: 'TCP',
        options: { port: await freePort(), udpDiscovery: false, urls: [`${address}/server`] },
      },
    });
    await broker.start();
    await broker.waitForServices('echo');
    return {
      // JSON has no bytes: a string of the same length travels in their place.
      async echo({ name, number, payload }) {
        const answer = (await broker.call('echo.echo', {
          name,
          number,
          payload: payload.toString('latin1'),
        })) as { name: string; number: number; payload: string };
        return { ...answer, payload: Buffer.from(answer.payload, 'latin1') };
      },
      close: () => broker.stop(),
    };
  },
};
