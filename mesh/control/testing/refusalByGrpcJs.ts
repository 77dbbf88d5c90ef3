import { createRequire } from 'node:module';
import { register } from '@grpc/grpc-js-xds';
import type { Resource } from '../xds/Resource.ts';
import { typeUrl } from '../xds/ResourceType.ts';

// Its filters are known to it only then.
register();
const require = createRequire(import.meta.url);
/** A module of grpc-js-xds that it does not export. */
export const loadXdsModule = (file: string) => require(`@grpc/grpc-js-xds/build/src/${file}.js`);
const { ListenerResourceType } = loadXdsModule('xds-resource-type/listener-resource-type');
const { ClusterResourceType } = loadXdsModule('xds-resource-type/cluster-resource-type');

/** What grpc-js-xds says against a listener or cluster; undefined: it takes it. */
export function refusalByGrpcJs({ type, bytes }: Resource): string | undefined {
  const context = { server: {}, bootstrap: { certificateProviders: { weft: {} } } };
  const resourceType = type === 'listener' ? ListenerResourceType : ClusterResourceType;
  return resourceType.get().decode(context, { type_url: typeUrl(type), value: bytes }).error;
}
