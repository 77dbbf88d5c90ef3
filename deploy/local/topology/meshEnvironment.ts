import type { MeshSettings } from '../settings/MeshSettings.ts';

/** What every process of the mesh is told, and every command that speaks with it. */
export function meshEnvironment(settings: MeshSettings): Record<string, string> {
  const { home, ports } = settings;
  const controls = [ports.control, ports.control2].slice(0, settings.controlPlanes);
  const admins = [ports.controlAdmin, ports.control2Admin].slice(0, settings.controlPlanes);
  return {
    WEFT_HOME: home,
    CONSUL_HTTP_ADDR: `http://127.0.0.1:${ports.consul}`,
    WEFT_XDS_SERVER: `ipv4:${controls.map(onLoopback).join(',')}`,
    WEFT_CONTROL_ADMIN: admins.map(onLoopback).join(','),
  };
}

function onLoopback(port: number): string {
  return `127.0.0.1:${port}`;
}
