import type { JsonValue } from '@bufbuild/protobuf';
import type { Position, Update } from './Update.ts';

/** Runs calls on behalf of who joins. */
export type RunAs = <Result>(work: () => Result) => Result;

/** What a member begins with who has been told nothing. */
export interface Beginning {
  /** What is to be known before updates mean something; null: nothing. */
  readonly snapshot: JsonValue;
  /** Where he stands who has that. */
  readonly position: Position;
}

/** Where what is told in a room comes from. */
export interface Feed {
  /**
   * Resolves when the room can be joined: by a member who has been told of a position, once that has been reached.
   *
   * @throws RpcError when it cannot.
   */
  ready(from: Position | undefined): Promise<void>;
  /** @throws RpcError when it cannot be said, or not to this one. */
  begin(runAs: RunAs): Beginning | Promise<Beginning>;
  /** What comes after a position, oldest first, or the first so many of it; undefined: it cannot be said any more. */
  after(position: Position, most: number): readonly Update[] | undefined;
  close(): void;
}
