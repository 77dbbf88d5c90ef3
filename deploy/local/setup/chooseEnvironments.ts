import type { ServiceFolder } from '@weft/mesh/manifest';

/** Settings of the runtime that hold for all services alike; what is a process's own is told to it. */
const RUNTIME = [
  ...[
    'WEFT_LOG_LEVEL',
    'WEFT_LOGS_TO',
    'WEFT_CONTRACTS',
    'WEFT_VERSION',
    'WEFT_BUILD',
    'WEFT_ZONE',
    'WEFT_ADDRESS',
  ],
  ...['WEFT_WORKERS', 'WEFT_STREAM_GRACE_MS', 'WEFT_PROPAGATION_MS', 'WEFT_DRAIN_MS'],
  ...['WEFT_SHED_AFTER_MS', 'WEFT_PATCHES'],
];
const CONTROL = ['WEFT_LOG_LEVEL', 'WEFT_CONTRACTS', 'WEFT_CORS_ORIGINS'];

/**
 * What each process is given of the environment of whoever starts it: settings of the mesh and of OpenTelemetry, and what
 * a service's manifest asks for, or else says itself for a developer's machine.
 *
 * @returns by the names of services, and for `control` and `gateway`.
 */
export function chooseEnvironments(
  services: readonly Pick<ServiceFolder, 'name' | 'environment' | 'development'>[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, Record<string, string>> {
  const telemetry = Object.keys(environment).filter((name) => name.startsWith('OTEL_'));
  const pick = (names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = environment[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  return {
    control: pick(CONTROL),
    gateway: pick([...RUNTIME, ...telemetry]),
    ...Object.fromEntries(
      services.map((service) => [
        service.name,
        { ...service.development, ...pick([...RUNTIME, ...telemetry, ...service.environment]) },
      ]),
    ),
  };
}
