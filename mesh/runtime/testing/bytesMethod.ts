const same = (bytes: Buffer): Buffer => bytes;

/** A unary method as plain grpc-js wants it defined, whose messages are bytes. @param path Such as "/test.Echo/Echo". */
export function bytesMethod(path: string) {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const;
}
