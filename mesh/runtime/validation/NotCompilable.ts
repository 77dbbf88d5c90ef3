/** A rule that has no fast form here. protovalidate itself then checks the messages that have it. */
export class NotCompilable extends Error {
  override readonly name = 'NotCompilable';
}
