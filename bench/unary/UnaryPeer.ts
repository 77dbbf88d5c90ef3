import type { EchoRequest, EchoResponse } from '@weft/proto/bench/v1/echo';
import type { SuiteOptions } from '../harness/Suite.ts';

/**
 * One way to make a unary call between two Node processes. A file in peers/ exports one as `peer`;
 * `serve` and `connect` run in processes of their own.
 */
export interface UnaryPeer {
  readonly name: string;
  /**
   * Starts what both sides need between them.
   *
   * @returns variables for the environment of both.
   */
  prepare?(
    options: Pick<SuiteOptions, 'progress' | 'signal'>,
    cleanup: AsyncDisposableStack,
  ): Promise<Record<string, string>>;
  serve(environment: PeerEnvironment): Promise<Served>;
  connect(environment: PeerEnvironment, address: string): Promise<Connected>;
}

/** What a peer may need of its surroundings. */
export interface PeerEnvironment {
  /** Folder with cert.pem, key.pem and roots.pem for both sides. */
  readonly tls: string;
}

export interface Served {
  /** What `connect` gets, such as "127.0.0.1:9000". */
  readonly address: string;
  close(): Promise<void>;
}

export interface Connected {
  echo(request: EchoRequest): Promise<EchoResponse>;
  close(): Promise<void>;
}
