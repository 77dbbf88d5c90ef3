/** The mesh that `make up` runs on this machine, as its record in the state folder tells. */
export { controlSocket } from './controlSocket.ts';
export { clone, defaultHome } from './defaultHome.ts';
export {
  findLocalMesh,
  type LocalMesh,
  type LocalProcess,
  RECORD_FILE,
  SUPERVISOR_PID_FILE,
} from './findLocalMesh.ts';
export { MADE_BY_MAKE_UP } from './intentions.ts';
export { LOGIN_AUDIENCE, LOGIN_ISSUER, LOGIN_METHOD } from './login.ts';
export { marker } from './marker.ts';
export { assertOutOfReach, canBeSocket, makeWayForSocket } from './ownSocket.ts';
export { isAlive, listDescriptors, listPids, readCommand, readEnvironment } from './procfs.ts';
export { type Memory, readMemory } from './readMemory.ts';
