import { join } from 'node:path';
import { tokenFile } from '../acl/tokenFile.ts';
import { OPERATOR } from '../acl/tokenHolders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';

/**
 * What every process of the mesh is told, and every command that speaks with it.
 *
 * @param holder Whose token it takes when Consul's ACLs are on. Default: the operator's.
 */
export function meshEnvironment(
  settings: MeshSettings,
  holder: string = OPERATOR,
): Record<string, string> {
  const { home, ports, secure } = settings;
  const controls = [ports.control, ports.control2].slice(0, settings.controlPlanes);
  const admins = [ports.controlAdmin, ports.control2Admin].slice(0, settings.controlPlanes);
  return {
    WEFT_HOME: home,
    // What Node has made of our sources. Without it a service takes twice as long to start.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(home, 'compile-cache'),
    CONSUL_HTTP_ADDR: `http://127.0.0.1:${ports.consul}`,
    WEFT_XDS_SERVER: `ipv4:${controls.map(onLoopback).join(',')}`,
    WEFT_CONTROL_ADMIN: admins.map(onLoopback).join(','),
    ...(secure && { CONSUL_HTTP_TOKEN_FILE: tokenFile(home, holder) }),
  };
}

function onLoopback(port: number): string {
  return `127.0.0.1:${port}`;
}
