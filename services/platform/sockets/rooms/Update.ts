import type { JsonValue } from '@bufbuild/protobuf';
import * as ws from 'ws';

/** Where in what is told in a room a member stands. Clients hand it back as it was given. */
export interface Position {
  /** What the offset counts in. Another epoch counts something else, and nothing can be said of what lies between. */
  readonly epoch: string;
  readonly offset: string;
}

export interface UpdateParts extends Position {
  /** Such as "asset:SP500". */
  readonly room: string;
  /** Name of the Socket.IO event. */
  readonly emit: string;
  readonly payload: JsonValue;
}

/** What Engine.IO sends: its packet, and the same as the frame of a WebSocket, in one piece. */
export interface Encoded {
  readonly type: 'message';
  readonly data: string;
  readonly options: { readonly compress: false; readonly wsPreEncodedFrame: Buffer[] };
}

/** ws gives the class, and its types do not. */
const { Sender } = ws as unknown as {
  readonly Sender: {
    frame(data: Buffer, options: object): Buffer[];
  };
};

/** Something that is told in a room: encoded once, by the first member that it is sent to, for all. */
export class Update {
  readonly parts: UpdateParts;
  /** Where a member stands who has been told it. */
  readonly position: Position;
  #encoded: Encoded | undefined;

  constructor(parts: UpdateParts) {
    this.parts = parts;
    this.position = { epoch: parts.epoch, offset: parts.offset };
  }

  /** @see https://socket.io/docs/v4/socket-io-protocol/#sample-session */
  get encoded(): Encoded {
    if (!this.#encoded) {
      const { room, emit, payload, epoch, offset } = this.parts;
      const data = `2${JSON.stringify([emit, payload, { room, epoch, offset }])}`;
      const frame = Sender.frame(Buffer.from(`4${data}`), {
        ...{ fin: true, opcode: 1, mask: false, rsv1: false, readOnly: false },
      });
      // Head and payload apart would be two writes for each socket, and two frames of HTTP/2 where it comes by that.
      const wsPreEncodedFrame = [Buffer.concat(frame)];
      this.#encoded = { type: 'message', data, options: { compress: false, wsPreEncodedFrame } };
    }
    return this.#encoded;
  }
}
