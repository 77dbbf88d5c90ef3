import type { Mesh } from './readMesh.ts';

/** Why not all is well: a line for each instance, control plane and process that is not. */
export function problemsOf({ services, controlPlanes, processes }: Mesh): string[] {
  return [
    ...services.flatMap(({ instances }) =>
      instances
        .filter(({ health }) => health !== 'passing')
        .map(({ id, health }) => `${id} is ${health}`),
    ),
    ...controlPlanes
      .filter(({ status }) => !status?.ready)
      .map(({ url }) => `the control plane at ${url} is not ready`),
    ...processes
      .filter(({ memory }) => !memory)
      .map(({ name }) => `${name} does not run (make logs S=${name})`),
  ];
}
