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
