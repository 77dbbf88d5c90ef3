import type {
  ClientStatus,
  FaultStatus,
  ServiceStatus,
  Status,
} from '../../control/admin/Status.ts';
import { escapeLine } from '../output/escapeControls.ts';
import { table } from '../output/table.ts';
import { describeBroken } from '../routes/formatRoutes.ts';
import { formatProcesses } from './formatProcesses.ts';
import type { ControlPlaneReport } from './readControlPlane.ts';
import type { Mesh } from './readMesh.ts';

/** The mesh for people: what runs where, who may call whom, what is wrong. */
export function formatMesh({ services, controlPlanes, processes }: Mesh): string {
  return [
    services.length === 0 ? 'No service is registered.\n' : instances(services),
    services.length > 0 &&
      table(
        ['SERVICE', 'MAY BE CALLED BY'],
        services.map((service) => [service.name, callers(service)]),
      ),
    table(
      ['CONTROL PLANE', 'STATE', 'CLIENTS', 'REFUSED BY CLIENTS'],
      controlPlanes.map(controlPlaneRow),
    ),
    processes.length > 0 && formatProcesses(processes),
    warnings({ services, controlPlanes })
      .map((warning) => `! ${escapeLine(warning)}\n`)
      .join(''),
  ]
    .filter(Boolean)
    .join('\n');
}

/** A line for each instance, the services of a group together; those of none come first. */
function instances(services: readonly ServiceStatus[]): string {
  const titles = ['SERVICE', 'INSTANCE', 'HEALTH', 'VERSION', 'ADDRESS', 'RUNTIME'];
  const groups = Map.groupBy(services, groupOf);
  const names = [...groups.keys()].sort();
  if (names.every((group) => group === '')) return table(titles, services.flatMap(instanceRows));
  return table(
    ['GROUP', ...titles],
    names.flatMap((group) =>
      (groups.get(group) ?? [])
        .flatMap(instanceRows)
        .map((row, index) => [index === 0 ? group || '-' : '', ...row]),
    ),
  );
}

function groupOf({ instances }: ServiceStatus): string {
  return instances.find(({ meta }) => meta['weft-group'])?.meta['weft-group'] ?? '';
}

function instanceRows({ name, instances }: ServiceStatus): string[][] {
  if (instances.length === 0) return [[name, '-', 'no instance in the mesh']];
  return instances.map(({ id, health, meta, address, port, kind }) => [
    name,
    id,
    health,
    meta.version ?? '-',
    `${address}:${port}`,
    kind === 'sidecar' ? 'sidecar' : (meta.runtime ?? '-'),
  ]);
}

function callers({ callers }: ServiceStatus): string {
  if (!callers) return 'unknown: no control plane answers';
  const partly = callers.byPermissions.map((source) =>
    source === '*' ? 'everyone else (some calls)' : `${source} (some calls)`,
  );
  if (!callers.othersExcept) return [...callers.allowed, ...partly].join(', ') || 'nobody';
  const except = callers.othersExcept.join(', ');
  return [except ? `everyone except ${except}` : 'everyone', ...partly].join('; ');
}

function controlPlaneRow({ url, status }: ControlPlaneReport): string[] {
  if (!status) return [url, 'not reachable', '-', '-'];
  const refused = status.clients.flatMap(refusals).length;
  return [url, state(status), String(status.clients.length), String(refused)];
}

function state({ ready, missing }: Status): string {
  return ready ? 'ready' : `waits for ${missing.join(', ')}`;
}

/** Questions that Consul does not answer, or refuses, in its own words. */
function failingQueries({ watches }: Status): string[] {
  return watches.flatMap(({ path, failures, lastError }) =>
    failures > 0 && lastError ? [`Consul is asked for ${path} in vain: ${lastError}`] : [],
  );
}

/** What is not in force, each said once: two control planes may say the same. */
function warnings({ services, controlPlanes }: Pick<Mesh, 'services' | 'controlPlanes'>): string[] {
  return [
    ...new Set([
      ...controlPlanes.flatMap(({ url, problem }) => (problem ? [`${url}: ${problem}`] : [])),
      ...controlPlanes.flatMap(({ status }) =>
        (status?.intentions ?? []).flatMap(({ destination, refused }) =>
          refused ? [`service-intentions/${destination} is refused: ${refused}`] : [],
        ),
      ),
      ...controlPlanes.flatMap(({ status }) => (status?.faults ?? []).map(describeFault)),
      ...controlPlanes.flatMap(({ status }) =>
        (status?.broken ?? []).map(({ service, ...broken }) => describeBroken(service, broken)),
      ),
      ...controlPlanes.flatMap(({ status }) => withoutBroken(status)),
      ...controlPlanes.flatMap(({ status }) => (status ? failingQueries(status) : [])),
      ...controlPlanes.flatMap(({ status }) => (status?.clients ?? []).flatMap(refusals)),
      ...services.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
    ]),
  ];
}

/** What is broken is said of the services whose routes it breaks. */
function withoutBroken(status: Status | undefined): string[] {
  const reasons = (status?.broken ?? []).flatMap((one) => one.reasons);
  return (status?.warnings ?? []).filter(
    (warning) => !reasons.some((reason) => reason.startsWith(warning)),
  );
}

/** A fault is named for as long as it is there: whoever looks for a failure should think of it. */
function describeFault({ service, fault, refused }: FaultStatus): string {
  return fault
    ? `callers of ${service} get a fault on purpose: ${JSON.stringify(fault)}`
    : `weft/faults/${service} is refused, no fault is in force: ${refused}`;
}

function refusals({ id, types }: ClientStatus): string[] {
  return types.flatMap(({ type, error }) => (error ? [`${id} refused its ${type}: ${error}`] : []));
}
