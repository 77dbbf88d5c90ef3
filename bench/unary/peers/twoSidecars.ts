import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials, ServerCredentials } from '@grpc/grpc-js';
import { execa } from 'execa';
import { installPrograms } from '../../../deploy/local/programs/installPrograms.ts';
import { freePort } from '../../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../../mesh/testing/eventually.ts';
import { startConsul } from '../../harness/BenchConsul.ts';
import { startProgram } from '../../harness/startProgram.ts';
import { connectEcho, serveEcho } from '../grpcJsEcho.ts';
import type { UnaryPeer } from '../UnaryPeer.ts';

const SERVER = 'sidecar-echo';
const CLIENT = 'sidecar-client';
const READY_WITHIN_MS = 60_000;

/** Plain grpc-js without TLS on both sides, each behind Consul's own Envoy sidecar: mTLS is between those. */
export const peer: UnaryPeer = {
  name: 'grpc-js behind two Envoy sidecars',

  async prepare(options, cleanup) {
    const { envoy } = await installPrograms({ report: options.progress, signal: options.signal }, [
      'envoy',
    ]);
    const consul = await startConsul(options, cleanup);
    const [serverPort, upstreamPort] = [await freePort(), await freePort()];
    for (const Name of [SERVER, CLIENT]) {
      await consul.client.write('/config', { Kind: 'service-defaults', Name, Protocol: 'grpc' });
    }
    await consul.client.write('/agent/service/register', {
      Name: SERVER,
      Address: '127.0.0.1',
      Port: serverPort,
      Connect: { SidecarService: { Port: await freePort() } },
    });
    const upstream = { DestinationName: SERVER, LocalBindPort: upstreamPort };
    await consul.client.write('/agent/service/register', {
      Name: CLIENT,
      Address: '127.0.0.1',
      Port: await freePort(),
      Connect: { SidecarService: { Port: await freePort(), Proxy: { Upstreams: [upstream] } } },
    });
    for (const service of [SERVER, CLIENT]) {
      // Its bootstrap is written here and Envoy started by itself: as Consul's own child it would outlive a kill.
      const { stdout: bootstrap } = await execa(consul.binary, [
        ...['connect', 'envoy', '-sidecar-for', service, '-bootstrap', '-envoy-binary', envoy],
        ...['-http-addr', consul.client.address, '-grpc-addr', `http://${consul.grpcAddress}`],
        ...['-admin-bind', `127.0.0.1:${await freePort()}`],
        // It names older versions than this one; nothing that it configures has gone since.
        '-ignore-envoy-compatibility=true',
      ]);
      const file = join(consul.folder, `${service}.json`);
      await writeFile(file, bootstrap, { mode: 0o600 });
      await startProgram(
        [envoy, '--config-path', file, '--disable-hot-restart', '--log-level', 'error'],
        { log: join(consul.folder, `${service}.log`) },
        cleanup,
      );
    }
    return {
      WEFT_BENCH_SIDECAR_SERVER: String(serverPort),
      WEFT_BENCH_SIDECAR_UPSTREAM: String(upstreamPort),
    };
  },

  serve() {
    const port = Number(process.env.WEFT_BENCH_SIDECAR_SERVER);
    return serveEcho(ServerCredentials.createInsecure(), port);
  },

  async connect() {
    const address = `127.0.0.1:${process.env.WEFT_BENCH_SIDECAR_UPSTREAM}`;
    const connected = connectEcho(address, credentials.createInsecure());
    const request = { name: 'bench', number: 1, payload: Buffer.alloc(0) };
    await eventually(() => connected.echo(request), READY_WITHIN_MS);
    return connected;
  },
};
