import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { upstreamBug } from './upstreamBug.ts';

upstreamBug(
  {
    library: 'protobufjs',
    symptom: 'fields that a message does not have are dropped without a word',
    workaround: 'mesh/control/xds/encode.ts (refuseUnknown)',
  },
  () => {
    const { root } = protobuf.parse('syntax = "proto3"; message M { string known = 1; }');
    const type = root.lookupType('M');
    const given = { known: 'k', unknown: 'u' };
    return type.verify(given) === null && !('unknown' in type.fromObject(given));
  },
);

upstreamBug(
  {
    library: '@bufbuild/protovalidate',
    symptom: 'buf/validate/validate.proto is not in the package',
    workaround: 'proto/scripts/collectThirdParty.ts',
  },
  () => {
    const folder = fileURLToPath(
      new URL('../../node_modules/@bufbuild/protovalidate', import.meta.url),
    );
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return existsSync(folder) && !files.some((file) => file.endsWith('validate.proto'));
  },
);
