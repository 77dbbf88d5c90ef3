import { readFileSync } from 'node:fs';
import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  credentials,
} from '@grpc/grpc-js';
import type * as Xds from '@grpc/grpc-js-xds';
import type { IdentityFiles } from '../identity/identityFiles.ts';

const OPTIONS: ChannelOptions = {
  // A peer that is frozen answers no ping: its calls fail, and others go elsewhere, within four seconds instead of
  // at their deadline. Peers that allow fewer pings say so, and grpc-js then waits longer by itself.
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 2_000,
  // Peers and control plane are near: try again soon.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 5_000,
  // Counts for a debugging service that is not served here.
  'grpc.enable_channelz': 0,
};

/** The channels of a process, one for each mesh service that it calls. */
export class MeshChannels {
  readonly #credentials: ChannelCredentials;
  readonly #channels = new Map<string, ChannelInterface>();

  constructor(xds: Pick<typeof Xds, 'XdsChannelCredentials'>, files: IdentityFiles) {
    this.#credentials = new xds.XdsChannelCredentials(refuseWithoutMesh(files));
  }

  /** @param meshService Name in Consul, such as "analytics". */
  to(meshService: string): ChannelInterface {
    let channel = this.#channels.get(meshService);
    if (!channel) {
      channel = new Channel(`xds:///${meshService}`, this.#credentials, OPTIONS);
      this.#channels.set(meshService, channel);
    }
    return channel;
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }
}

/** What gRPC takes for a cluster that the control plane sent without TLS: credentials that connect to nobody. */
function refuseWithoutMesh(files: IdentityFiles): ChannelCredentials {
  return credentials.createSsl(readFileSync(files.roots), null, null, {
    checkServerIdentity: () => new Error('the control plane sent this cluster without mTLS'),
  });
}
