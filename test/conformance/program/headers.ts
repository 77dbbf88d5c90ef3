import { Metadata } from '@weft/mesh/runtime';
import type { Header } from '../gen/connectrpc/conformance/v1/service.ts';

/** Adds headers as the runner writes them: binary values in base64. */
export function addHeaders(metadata: Metadata, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const one of value) {
      metadata.add(name, isBinary(name) ? Buffer.from(one, 'base64') : one);
    }
  }
}

export function toMetadata(headers: readonly Header[]): Metadata {
  const metadata = new Metadata();
  addHeaders(metadata, headers);
  return metadata;
}

export function toHeaders(metadata: Metadata): Header[] {
  return Object.keys(metadata.getMap()).map((name) => ({
    name,
    // The runner compares text: binary values without padding, as gRPC asks for.
    value: metadata
      .get(name)
      .map((one) => (Buffer.isBuffer(one) ? one.toString('base64').replace(/=+$/, '') : one)),
  }));
}

function isBinary(name: string): boolean {
  return name.toLowerCase().endsWith('-bin');
}
