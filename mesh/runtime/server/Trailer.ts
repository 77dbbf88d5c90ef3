import { Metadata } from '@grpc/grpc-js';

/** What a call ends with, as gRPC wants it on the wire: binary values without padding, which grpc-js adds. */
export class Trailer extends Metadata {
  /** @param parts Copied; later changes of them have no effect. */
  constructor(...parts: readonly Metadata[]) {
    super();
    for (const part of parts) this.merge(part);
  }

  override toHttp2Headers(): ReturnType<Metadata['toHttp2Headers']> {
    const headers = super.toHttp2Headers();
    for (const key of this.internalRepr.keys()) {
      if (!key.endsWith('-bin')) continue;
      const value = headers[key];
      headers[key] = Array.isArray(value) ? value.map(unpadded) : unpadded(String(value));
    }
    return headers;
  }

  /** grpc-js takes a copy as it sends it, when nobody changes it any more. */
  override clone(): Metadata {
    return this;
  }
}

/** What a call that has succeeded ends with: no message beside the status, where grpc-js sends "OK". */
export class SuccessTrailer extends Trailer {
  override toHttp2Headers(): ReturnType<Metadata['toHttp2Headers']> {
    // Node leaves out what is undefined.
    return { ...super.toHttp2Headers(), 'grpc-message': undefined };
  }
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '');
}
