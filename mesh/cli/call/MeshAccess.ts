import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { ConsulClient } from '@weft/mesh/consul';
import { readMeshConfig } from '../../runtime/config/MeshConfig.ts';
import { writeBootstrap, xdsEnvironment } from '../../runtime/identity/bootstrap.ts';
import { Identity } from '../../runtime/identity/Identity.ts';
import { identityFiles } from '../../runtime/identity/identityFiles.ts';
import { createLogger } from '../../runtime/logging/createLogger.ts';

/** An identity for as long as one command lasts, and what grpc-js needs to dial `xds:///` with it. */
export class MeshAccess {
  readonly credentials: ChannelCredentials;
  readonly #identity: Identity;
  readonly #folder: string;

  private constructor(identity: Identity, folder: string, credentials: ChannelCredentials) {
    this.#identity = identity;
    this.#folder = folder;
    this.credentials = credentials;
  }

  /**
   * Fetches a certificate from Consul for a service of this name, which need not be registered. Only once
   * a process: gRPC reads its bootstrap once.
   *
   * @throws ConsulError when Consul does not give it.
   */
  static async open(consul: ConsulClient, service: string): Promise<MeshAccess> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-'));
    try {
      const files = identityFiles(folder, service);
      const log = createLogger({ level: 'silent', base: {} });
      const identity = await Identity.start({ consul, service, files, log });
      const { xdsServer } = readMeshConfig();
      await writeBootstrap({ xdsServer, serviceId: `${service}-${process.pid}`, service, files });
      Object.assign(process.env, xdsEnvironment(files));
      // Reads that environment when it is loaded.
      const xds = await import('@grpc/grpc-js-xds');
      const { credentials } = await import('@grpc/grpc-js');
      xds.register();
      // A service whose configuration asks for no TLS is not called in the clear.
      const access = new xds.XdsChannelCredentials(credentials.createSsl());
      return new MeshAccess(identity, folder, access);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#identity.stop();
    await rm(this.#folder, { recursive: true });
  }
}
