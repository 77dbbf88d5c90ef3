import type { MeshSettings } from '../settings/MeshSettings.ts';

/** @throws when a running mesh would have to be stopped to become what is wanted. */
export function assertSameFoundation(running: MeshSettings, wanted: MeshSettings): void {
  if (JSON.stringify(running.ports) !== JSON.stringify(wanted.ports)) {
    throw new Error('The mesh runs with other ports: stop it first (make down).');
  }
  if (running.servicesFolder !== wanted.servicesFolder) {
    throw new Error(
      `The mesh runs services of ${running.servicesFolder}: stop it first (make down).`,
    );
  }
  if (running.insecure === wanted.insecure) return;
  throw new Error(
    running.insecure
      ? "The mesh runs with Consul's ACLs off: make up INSECURE=1, or stop it first (make down)."
      : "The mesh runs with Consul's ACLs on: make up without INSECURE, or stop it first (make down).",
  );
}
