import type { Logger } from 'pino';
import {
  AdminServer,
  HandshakeWatch,
  type Identity,
  probeHandshake,
  ServingState,
} from '../../runtime/program.ts';
import { isOf, portHolders } from './portHolders.ts';

const HTTP_MS = 1_000;
/** grpcio logs three lines for each connection that ends. */
const HANDSHAKE_EVERY_MS = 5_000;

/** How it is known that a program serves, before it is registered and after. */
export interface Readiness {
  /** @throws Error that says in a few words why it does not serve yet. */
  check(): Promise<void>;
  /**
   * From now on somebody answers what Consul asks.
   *
   * @returns the URL to ask, which answers 2xx while all is well.
   */
  watch(stack: AsyncDisposableStack): Promise<string>;
}

/** Ready while a page of the program itself answers 2xx. */
export function httpReadiness(url: string): Readiness {
  return {
    async check() {
      const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(HTTP_MS) });
      if (!ok) throw new Error(`${url} answers ${status}`);
    },
    watch: async () => url,
  };
}

export interface PeerReadinessOptions {
  readonly service: string;
  readonly address: string;
  readonly port: number;
  readonly identity: Pick<Identity, 'credentials'>;
  /** Process id of the program. */
  readonly pid: number;
  readonly log: Logger;
}

/** Ready while a peer could connect: by mutual TLS, to the program itself and to no other process on the port. */
export function peerReadiness(options: PeerReadinessOptions): Readiness {
  const { service, address: host, port, identity, pid, log } = options;
  const target = () => ({ host, port, credentials: identity.credentials });
  return {
    async check() {
      await probeHandshake(target());
      const holders = portHolders(port);
      const [other] = holders;
      // Nobody: of another user, which the program may have changed to.
      if (!other || holders.some((holder) => isOf(pid, holder.pid))) return;
      throw new Error(`port ${port} is held by process ${other.pid} (${other.command})`);
    },
    async watch(stack) {
      const state = new ServingState();
      state.serving = true;
      const watch = new HandshakeWatch({
        target,
        everyMs: HANDSHAKE_EVERY_MS,
        log,
        onChange: (reason) => {
          state.notReadyReason = reason;
        },
      });
      stack.defer(() => watch.stop());
      const admin = await AdminServer.start({ port: undefined, service, state, log });
      stack.defer(() => admin.stop());
      return `http://127.0.0.1:${admin.port}/ready`;
    },
  };
}
