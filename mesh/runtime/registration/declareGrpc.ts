import type { ConsulClient } from '@weft/mesh/consul';
import type { Logger } from 'pino';

/**
 * Says in Consul's service-defaults that a service speaks gRPC. Consul's own sidecars need it for ALPN, and the
 * discovery chain for routes. What an operator has declared stays.
 */
export async function declareGrpc(
  consul: ConsulClient,
  service: string,
  log: Logger,
): Promise<void> {
  // cas=0: only if there is no such entry.
  const created = await consul.write<boolean>('/config?cas=0', {
    Kind: 'service-defaults',
    Name: service,
    Protocol: 'grpc',
  });
  if (created) return;
  const path = `/config/service-defaults/${encodeURIComponent(service)}`;
  const { value } = await consul.read<{ Protocol?: string }>(path);
  if (value.Protocol !== 'grpc') {
    log.warn(
      { service, protocol: value.Protocol },
      'service-defaults name another protocol than grpc',
    );
  }
}
