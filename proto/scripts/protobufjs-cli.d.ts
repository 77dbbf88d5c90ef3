declare module 'protobufjs-cli/targets/proto2.js' {
  import type { Root } from 'protobufjs';
  /** Prints a root as a proto2 file. */
  export default function target(
    root: Root,
    options: { syntax: 'proto2' | 'proto3' },
    callback: (error: Error | null, text: string) => void,
  ): void;
}
