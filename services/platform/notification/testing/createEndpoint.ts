import { EndpointServiceDefinition } from '@weft/proto/notification/v1/endpoint';
import type { Channel } from '@weft/proto/notification/v1/notification';
import type { TestNotification } from './openNotification.ts';

/** Makes an endpoint. @param key For idempotency. Default: none. */
export async function createEndpoint(
  opened: TestNotification,
  channel: Channel,
  url: string,
  key?: string,
): Promise<{ readonly id: string; readonly shownUrl: string; readonly secret: string }> {
  const context = opened.context();
  if (key !== undefined) context.metadata.set('idempotency-key', key);
  const endpoint = { endpointId: '', channel, displayName: 'ours', url, createTime: undefined };
  const created = await opened
    .handlers(EndpointServiceDefinition)
    .createEndpoint({ endpoint }, context);
  const { endpointId: id = '', url: shownUrl = '' } = created.endpoint ?? {};
  return { id, shownUrl, secret: created.secret ?? '' };
}
