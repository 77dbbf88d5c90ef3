/** What is known of a blob. */
export interface BlobInfo {
  /** SHA-256 of its content, in lower-case hexadecimal. */
  readonly id: string;
  readonly sizeBytes: number;
  /** As its content says, and not its sender: "application/octet-stream" where that is not known. */
  readonly contentType: string;
}

/** Bytes of a blob, both ends included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where blobs are. They never change; who puts one that is there already changes nothing. */
export interface BlobStore {
  /** @param file Where its content is now. */
  put(blob: BlobInfo, file: string): Promise<void>;
  /** Undefined: it is not there. */
  find(id: string): Promise<BlobInfo | undefined>;
  /** Its content, in order. */
  read(blob: BlobInfo, range: ByteRange): AsyncIterable<Uint8Array>;
  /** Harmless for one that is not there. */
  remove(id: string): Promise<void>;
}
