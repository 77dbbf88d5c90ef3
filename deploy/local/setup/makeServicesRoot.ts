import { randomUUID, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../Progress.ts';
import { run } from '../programs/run.ts';
import type { Folders } from '../settings/Folders.ts';

/** As long as the root that Consul would make. */
const DAYS = '3650';
/** What a new Consul signs services' certificates with. */
export interface ServicesRoot {
  /** The trust domain is this and ".consul". */
  readonly clusterId: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

/**
 * Makes the root that the services' certificates come from, by Consul's own command, with name constraints (RFC 5280,
 * 4.2.1.10). Consul signs whatever DNS names a service asks for beside its own SPIFFE id, another service's id among them;
 * and gRPC's clients, servers in Go and Python and NATS take a DNS name for an id. By the constraints TLS itself refuses a
 * certificate with DNS names other than `localhost` and those below `.consul`, which no id is.
 *
 * @returns undefined when Consul has data from before and so a root already.
 * @see https://developer.hashicorp.com/consul/commands/tls/ca
 */
export async function makeServicesRoot(
  folders: Folders,
  consul: string,
  progress: Progress,
): Promise<ServicesRoot | undefined> {
  const { servicesRoot: made } = folders;
  if (!existsSync(made)) {
    if (existsSync(folders.consulData)) return undefined;
    const unfinished = `${made}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const cluster = ['-cluster-id', randomUUID(), '-common-name', 'Services of Weft'];
    const options = ['-days', DAYS, '-name-constraint', ...cluster];
    await run(consul, ['tls', 'ca', 'create', ...options], progress, { cwd: unfinished });
    await rename(unfinished, made);
  }
  const read = (name: string) => readFile(join(made, name), 'utf8');
  const certificate = await read('consul-agent-ca.pem');
  const key = await read('consul-agent-ca-key.pem');
  const names = new X509Certificate(certificate).subjectAltName ?? '';
  const [, clusterId] = /URI:spiffe:\/\/([0-9a-f-]+)\.consul\b/.exec(names) ?? [];
  if (!clusterId) throw new Error(`the root in ${made} has no trust domain: ${names}`);
  return { clusterId, certificate, key };
}
