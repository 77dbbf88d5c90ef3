/** Writes protos.json anew, as after an update of grpc-js-xds: `node mesh/runtime/xds/writeProtos.ts`. */
import { writeFile } from 'node:fs/promises';
import { cutProtos } from './cutProtos.ts';

await writeFile(new URL('protos.json', import.meta.url), `${JSON.stringify(await cutProtos())}\n`);
