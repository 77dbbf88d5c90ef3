import { join } from 'node:path';
import { loginKeyFile } from '../acl/loginKey.ts';
import { tokenFile } from '../acl/tokenFile.ts';
import { OPERATOR } from '../acl/tokenHolders.ts';
import { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { serverCertificate } from '../setup/makeServerCertificate.ts';
import { consulAddress } from './consulClient.ts';

/**
 * What every process of the mesh is told, and every command that speaks with it.
 *
 * @param holder Whose token it takes, unless Consul's ACLs are off. Default: the operator's, and the key by which he gets
 * tokens for single services.
 */
export function meshEnvironment(
  settings: MeshSettings,
  holder: string = OPERATOR,
): Record<string, string> {
  const { home, ports, insecure } = settings;
  const folders = new Folders(home);
  const admins = [ports.controlAdmin, ports.control2Admin].slice(0, settings.controlPlanes);
  return {
    WEFT_HOME: home,
    // What Node has made of our sources. Without it a service takes twice as long to start.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(home, 'compile-cache'),
    CONSUL_HTTP_ADDR: consulAddress(folders),
    CONSUL_GRPC_ADDR: `https://${onLoopback(ports.consulGrpc)}`,
    CONSUL_GRPC_CACERT: serverCertificate(folders).ca,
    WEFT_XDS_SERVER: `unix:${controlSockets(settings).join(',')}`,
    NATS_URL: `nats://${onLoopback(ports.nats)}`,
    WEFT_CONTROL_ADMIN: admins.map(onLoopback).join(','),
    ...(!insecure && { CONSUL_HTTP_TOKEN_FILE: tokenFile(home, holder) }),
    ...(!insecure && holder === OPERATOR && { WEFT_LOGIN_KEY: loginKeyFile(home) }),
  };
}

/** Where the control planes serve xDS. */
export function controlSockets({ home, controlPlanes }: MeshSettings): string[] {
  const folders = new Folders(home);
  return ['control', 'control-2'].slice(0, controlPlanes).map((name) => folders.socketOf(name));
}

function onLoopback(port: number): string {
  return `127.0.0.1:${port}`;
}
