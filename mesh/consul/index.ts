export {
  ConsulClient,
  type ConsulClientOptions,
  ConsulError,
  type Indexed,
  type QueryOptions,
} from './client.ts';
