/** A port that nobody listens on: the one that XdsServer is told, for tests of every room. */
export { freePort } from '../runtime/server/freePort.ts';
