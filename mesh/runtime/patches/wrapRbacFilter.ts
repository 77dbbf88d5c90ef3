import type {
  HttpFilterRegistryEntry,
  registerHttpFilter,
} from '@grpc/grpc-js-xds/build/src/http-filter.js';
import type { RbacFilter } from '../permission/rbacFilter.ts';
import { expectMethods, type Patch } from './Patch.ts';

/** The module of grpc-js-xds in which its filters register themselves. */
interface FilterRegistry {
  registerHttpFilter: typeof registerHttpFilter;
}

type Wrap = (filter: RbacFilter) => HttpFilterRegistryEntry;

/**
 * Makes grpc-js-xds' RBAC filter tell of the calls that it denies, as it registers itself; by itself it answers the caller,
 * and neither metrics nor logs of the server hear of it. What it allows without a look at a call's headers it is asked
 * once for each connection and method, and not at each call.
 */
export const wrapRbacFilter: Patch<{
  readonly registry: FilterRegistry;
  readonly rbacFilter: Wrap;
}> = {
  name: 'wrapRbacFilter',
  stage: 'register',
  touches: '@grpc/grpc-js-xds: registerHttpFilter',
  without:
    'calls that the permissions deny are in no log and no metric, and the rules are evaluated at each call',
  upstream: 'docs/upstream.md#wraprbacfilter',
  async targets() {
    const { default: registry } = await import('@grpc/grpc-js-xds/build/src/http-filter.js');
    const { rbacFilter } = await import('../permission/rbacFilter.ts');
    return { registry, rbacFilter };
  },
  apply({ registry, rbacFilter }, refuse) {
    const { registerHttpFilter } = expectMethods<FilterRegistry>('http-filter.js', registry, {
      registerHttpFilter: 2,
    });
    registry.registerHttpFilter = (typeName, entry) => {
      registerHttpFilter(typeName, typeName === RBAC ? wrapped(entry) : entry);
    };
    function wrapped(entry: HttpFilterRegistryEntry): HttpFilterRegistryEntry {
      try {
        const filter = expectMethods<RbacFilter>('the RBAC filter', entry, {
          parseTopLevelFilterConfig: 1,
          parseOverrideFilterConfig: 1,
          createServerFilter: 2,
        });
        return rbacFilter(filter);
      } catch (error) {
        refuse((error as Error).message);
        return entry;
      }
    }
  },
};

const RBAC = 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC';
