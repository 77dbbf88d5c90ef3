import type { PassiveHealthCheck } from '../watch/routing/upstreams.ts';
import { duration } from './duration.ts';

const NEVER = { value: 0 };
/** Share of an instance's calls, in percent, that must fail. High, for gRPC counts NOT_FOUND as a failure too. */
const FAILING_PERCENT = 85;
/** Envoy ejects none where one is a larger share of all than it may eject; gRPC always one. */
const MAX_EJECTION_PERCENT = { envoy: 50, grpc: 10 };

/**
 * When an instance that fails is left alone. Complete, at whatever it is switched off: grpc-js-xds crashes
 * on an incomplete one and does not see a field that is added.
 *
 * Envoy ejects after so many failures in a row, as Consul means it. gRPC cannot count those (gRFC A50): it
 * ejects an instance of which, of at least as many calls in an interval, 85 percent have failed, as long as
 * another instance was called as often.
 */
export function outlierDetection(check: PassiveHealthCheck | undefined, isEnvoy: boolean): object {
  const { intervalMs = 10_000, baseEjectionMs = 30_000, maxFailures = 5 } = check ?? {};
  const failures = Math.max(1, maxFailures);
  const enforced = check ? { value: check.enforcing ?? 100 } : NEVER;
  return {
    interval: duration(intervalMs),
    base_ejection_time: duration(baseEjectionMs),
    max_ejection_time: duration(Math.max(300_000, baseEjectionMs)),
    max_ejection_percent: {
      value: check?.maxEjection ?? MAX_EJECTION_PERCENT[isEnvoy ? 'envoy' : 'grpc'],
    },
    consecutive_5xx: { value: failures },
    enforcing_consecutive_5xx: isEnvoy ? enforced : NEVER,
    consecutive_gateway_failure: { value: failures },
    enforcing_consecutive_gateway_failure: NEVER,
    enforcing_success_rate: NEVER,
    success_rate_minimum_hosts: { value: 5 },
    success_rate_request_volume: { value: 100 },
    success_rate_stdev_factor: { value: 1900 },
    enforcing_failure_percentage: isEnvoy ? NEVER : enforced,
    failure_percentage_minimum_hosts: { value: 2 },
    failure_percentage_request_volume: { value: failures },
    failure_percentage_threshold: { value: FAILING_PERCENT },
  };
}
