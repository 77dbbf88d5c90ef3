import { type ConsulClient, ConsulError } from '@weft/mesh/consul';

/** What Consul knows at a path; undefined when it knows nothing. */
export async function readOrNone<T>(consul: ConsulClient, path: string): Promise<T | undefined> {
  try {
    return (await consul.read<T>(path)).value;
  } catch (error) {
    if (error instanceof ConsulError && error.statusCode === 404) return undefined;
    throw error;
  }
}
