import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelInterface } from '@grpc/grpc-js';
import type { ConsulClient } from '@weft/mesh/consul';
import { loadXds, MeshChannels } from '../../runtime/caller.ts';
import {
  createLogger,
  Identity,
  type IdentityFiles,
  identityFiles,
  readMeshConfig,
  writeBootstrap,
} from '../../runtime/program.ts';

/** An identity and channels for as long as one command lasts, in a folder that goes with it. */
export class MeshAccess {
  readonly #identity: Identity;
  readonly #channels: MeshChannels;
  readonly #folder: string;
  /** Of the identity, which are kept fresh. */
  readonly files: IdentityFiles;

  private constructor(
    identity: Identity,
    channels: MeshChannels,
    folder: string,
    files: IdentityFiles,
  ) {
    this.#identity = identity;
    this.#channels = channels;
    this.#folder = folder;
    this.files = files;
  }

  /**
   * Fetches a certificate from Consul for a service of this name, which need not be registered. Only once
   * a process: gRPC reads its bootstrap once.
   *
   * @throws ConsulError when Consul does not give it.
   */
  static async open(
    consul: ConsulClient,
    service: string,
    signal: AbortSignal,
  ): Promise<MeshAccess> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-'));
    try {
      const files = identityFiles(folder, service);
      const log = createLogger({ level: 'silent', base: {} });
      const identity = await Identity.start({ consul, service, files, log, signal });
      const { xdsServer, patchesOff } = readMeshConfig();
      await writeBootstrap({ xdsServer, serviceId: `${service}-${process.pid}`, service, files });
      const xds = await loadXds(files, { log, off: patchesOff });
      return new MeshAccess(identity, new MeshChannels(xds, files), folder, files);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  channel(meshService: string): ChannelInterface {
    return this.#channels.to(meshService);
  }

  async close(): Promise<void> {
    this.#channels.close();
    await this.#identity.stop();
    await rm(this.#folder, { recursive: true });
  }
}
