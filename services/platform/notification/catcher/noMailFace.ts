import { type HttpImplementation, implementHttp, RpcError, Status } from '@weft/mesh/runtime';

/** Where mails are shown that were caught. */
export const MAILS_PATH = '/mails';

/** Says that no mails are caught. */
export function noMailFace(): HttpImplementation {
  return implementHttp(MAILS_PATH, {
    request() {
      throw new RpcError(Status.NOT_FOUND, 'no mails are caught here');
    },
  });
}
