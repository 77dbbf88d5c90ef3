import { edgeNames } from '../../contracts/index.ts';
import { pack } from '../xds/encode.ts';
import { accessFilters } from './accessFilters.ts';
import { duration } from './duration.ts';
import { REST_FILTERS } from './httpRoutes.ts';
import { unlimited } from './rateLimit.ts';

const disabled = pack('envoy.config.route.v3.FilterConfig', { disabled: true });

/** What a load balancer asks of the edge, which it answers itself: gateway/healthPage.ts. */
export const healthRoute = {
  name: 'health',
  match: { path: edgeNames.healthPath },
  route: {
    cluster: edgeNames.healthCluster,
    // That listener takes no other name.
    host_rewrite_literal: 'localhost',
    timeout: duration(3_000),
  },
  typed_per_filter_config: {
    ...Object.fromEntries(REST_FILTERS.map((name) => [name, disabled])),
    ...accessFilters({ access: 'public', roles: [], scopes: [] }),
    'envoy.filters.http.local_ratelimit': unlimited,
  },
};
