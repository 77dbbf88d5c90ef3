/** Services' manifests, read without running their code. */
export {
  type AddressLimit,
  type Example,
  type Hint,
  type HttpPath,
  type Manifest,
  ManifestError,
  type ProgramRun,
} from './Manifest.ts';
export { MANIFEST_FILE, readManifest } from './readManifest.ts';
export { readServices, type ServiceFolder } from './readServices.ts';
export { reservedFor } from './reservedFor.ts';
export { isServiceName, NAME_RULE } from './serviceName.ts';
