import type { BenchMesh } from '../harness/BenchMesh.ts';
import type { SuiteOptions } from '../harness/Suite.ts';

/** One way to offer AnalyticsService as REST. A file in peers/ exports one as `peer`. */
export interface EdgePeer {
  readonly name: string;
  start(environment: EdgeEnvironment, cleanup: AsyncDisposableStack): Promise<Edge>;
}

export interface EdgeEnvironment extends Pick<SuiteOptions, 'progress' | 'signal'> {
  readonly mesh: BenchMesh;
  /** Where the service itself listens, such as "127.0.0.1:9000". */
  readonly backend: string;
  /** Folder with cert.pem, key.pem and roots.pem of one that may call it. */
  readonly tls: string;
}

/** An edge that runs. */
export interface Edge {
  /** Base URL. */
  readonly url: string;
  readonly pid: number;
}
