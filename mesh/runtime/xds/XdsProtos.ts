import type protobuf from 'protobufjs';

/** What grpc-js-xds reads and writes of the protos that it brings along, in one piece: see cutProtos(). */
export interface XdsProtos {
  /** Of grpc-js-xds. */
  readonly version: string;
  /** The .proto files that it loads, and that stand here cut down. */
  readonly files: readonly string[];
  /** For protobufjs' Root.fromJSON(). */
  readonly root: protobuf.INamespace;
}
