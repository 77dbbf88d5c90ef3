import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Every kind of rule that is compiled to a function or a schema, one message each, so that a difference names its culprit. */
export const EVERY_RULE = `
syntax = "proto3";
package rules;
import "buf/validate/validate.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/timestamp.proto";

message DoubleRange { double x = 1 [(buf.validate.field).double = {gt: 0, lt: 10}]; }
message DoubleClosed { double x = 1 [(buf.validate.field).double = {gte: -1, lte: 10}]; }
message DoubleFinite { double x = 1 [(buf.validate.field).double.finite = true]; }
message DoubleOutside { double x = 1 [(buf.validate.field).double = {lt: 1, gt: 9}]; }
message DoubleConst { double x = 1 [(buf.validate.field).double.const = 1]; }
message DoubleIn { double x = 1 [(buf.validate.field).double = {in: [0.5, 1], not_in: [1]}]; }
message FloatRange { float x = 1 [(buf.validate.field).float = {gt: 0.1, lte: 5}]; }
message Int32Range { int32 x = 1 [(buf.validate.field).int32 = {gt: 0, lt: 10}]; }
message SInt32In { sint32 x = 1 [(buf.validate.field).sint32 = {in: [1, 2], not_in: [2]}]; }
message Uint32Lte { uint32 x = 1 [(buf.validate.field).uint32.lte = 1000]; }
message Fixed32Not { fixed32 x = 1 [(buf.validate.field).fixed32.not_in = 5]; }
message Int64Range { int64 x = 1 [(buf.validate.field).int64 = {gte: -1, lt: 9007199254740991}]; }
message Uint64Gt { uint64 x = 1 [(buf.validate.field).uint64.gt = 0]; }
message Sfixed64Const { sfixed64 x = 1 [(buf.validate.field).sfixed64.const = 5]; }
message OptionalDouble { optional double x = 1 [(buf.validate.field).double.gt = 0]; }
message RequiredDouble { double x = 1 [(buf.validate.field).required = true, (buf.validate.field).double.lt = 10]; }
message RequiredOptional { optional double x = 1 [(buf.validate.field).required = true]; }
message ZeroIgnored {
  double x = 1 [(buf.validate.field).double.gt = 5, (buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE];
}
message AlwaysIgnored {
  double x = 1 [(buf.validate.field).double.gt = 5, (buf.validate.field).ignore = IGNORE_ALWAYS];
}
message StringLength { string x = 1 [(buf.validate.field).string = {min_len: 1, max_len: 32}]; }
message StringExact { string x = 1 [(buf.validate.field).string.len = 2]; }
message StringBytes { string x = 1 [(buf.validate.field).string = {min_bytes: 2, max_bytes: 4}]; }
message StringPattern { string x = 1 [(buf.validate.field).string.pattern = "^[A-Za-z0-9][A-Za-z0-9._:/=-]*$"]; }
message StringSymbol { string x = 1 [(buf.validate.field).string.pattern = "^[.^$/]?[A-Za-z0-9][A-Za-z0-9.&^$=/:_-]*$"]; }
message StringRe2 { string x = 1 [(buf.validate.field).string.pattern = "(?i)a+|\\\\p{L}$"]; }
message StringParts {
  string x = 1 [(buf.validate.field).string = {prefix: "p", suffix: "x", contains: "-", not_contains: "q"}];
}
message StringIn { string x = 1 [(buf.validate.field).string = {in: ["a", "abc"], not_in: ["abc"]}]; }
message StringConst { string x = 1 [(buf.validate.field).string.const = "abc"]; }
message StringEmail { string x = 1 [(buf.validate.field).string.email = true]; }
message StringCel {
  string x = 1 [(buf.validate.field).cel = {id: "c", message: "m", expression: "this.size() < 3"}];
}
message Uint64Cel {
  uint64 x = 1 [(buf.validate.field).cel = {id: "c", message: "m", expression: "this % 2u == 0u"}];
}
message OptionalEmail { optional string x = 1 [(buf.validate.field).string.email = true]; }
message RequiredEmail {
  string x = 1 [(buf.validate.field).required = true, (buf.validate.field).string.email = true];
}
message BytesLength { bytes x = 1 [(buf.validate.field).bytes = {min_len: 1, max_len: 4}]; }
message RequiredBytes { bytes x = 1 [(buf.validate.field).required = true]; }
message BoolConst { bool x = 1 [(buf.validate.field).bool.const = true]; }
enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1; COLOR_BLUE = 3; }
message EnumDefined { Color x = 1 [(buf.validate.field).enum.defined_only = true]; }
message EnumIn { Color x = 1 [(buf.validate.field).enum = {in: [1, 3], not_in: [3]}]; }
message Items {
  repeated double x = 1 [(buf.validate.field).repeated = {min_items: 1, max_items: 3, items: {double: {gt: 0, finite: true}}}];
}
message ItemsIn { repeated int32 x = 1 [(buf.validate.field).repeated.items.int32 = {in: [1, 2, 3]}]; }
message Unique { repeated string x = 1 [(buf.validate.field).repeated = {unique: true, items: {string: {min_len: 1}}}]; }
message UniqueDouble { repeated double x = 1 [(buf.validate.field).repeated.unique = true]; }
message RequiredList { repeated string x = 1 [(buf.validate.field).required = true]; }
message EnumItems { repeated Color x = 1 [(buf.validate.field).repeated.items.enum.defined_only = true]; }
message Nested { DoubleRange x = 1; repeated StringLength y = 2; map<string, DoubleRange> z = 3; }
message RequiredNested { DoubleRange x = 1 [(buf.validate.field).required = true]; }
message MapSize { map<string, string> x = 1 [(buf.validate.field).map = {min_pairs: 1, max_pairs: 2}]; }
message Choice {
  oneof choice { option (buf.validate.oneof).required = true; DoubleRange a = 1; string b = 2 [(buf.validate.field).string.min_len = 1]; }
}
message ChoiceMember { oneof choice { double a = 1 [(buf.validate.field).double.gt = 0]; string b = 2 [(buf.validate.field).required = true]; } }
message ChoiceCel {
  oneof choice {
    double a = 1 [(buf.validate.field).cel = {id: "c", message: "m", expression: "this < 5.0"}];
    string b = 2;
  }
}
message Times {
  google.protobuf.Timestamp a = 1 [
    (buf.validate.field).required = true,
    (buf.validate.field).cel = {id: "c", message: "m", expression: "this < now + duration('60s')"}
  ];
  google.protobuf.Duration b = 2 [(buf.validate.field).duration = {gte: {seconds: 60}, lte: {seconds: 604800}}];
}
message DurationClosed { google.protobuf.Duration x = 1 [(buf.validate.field).duration = {gte: {seconds: 1}, lte: {seconds: 2, nanos: 5}}]; }
message DurationOpen { google.protobuf.Duration x = 1 [(buf.validate.field).duration = {gt: {seconds: 0}, lt: {seconds: 60}}]; }
message Recursive { double x = 1 [(buf.validate.field).double.gte = 0]; Recursive child = 2; repeated Recursive children = 3; }
`;

const root = resolve(import.meta.dirname, '../..');

/** The messages of a contract that is written in a test; it may import buf/validate/validate.proto. */
export function buildRules(proto: string): {
  readonly registry: FileRegistry;
  readonly types: readonly DescMessage[];
} {
  const folder = mkdtempSync(join(tmpdir(), 'weft-rules-'));
  try {
    writeFileSync(join(folder, 'buf.yaml'), 'version: v2\nmodules:\n  - path: .\n');
    execFileSync('cp', ['-r', join(root, 'third_party/buf'), folder]);
    writeFileSync(join(folder, 'rules.proto'), proto);
    const buf = join(root, 'node_modules/.bin/buf');
    const image = execFileSync(buf, ['build', '--as-file-descriptor-set', '-o', '-'], {
      cwd: folder,
    });
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
    const types = [...registry].filter((type) => type.kind === 'message');
    return { registry, types: types.filter(({ file }) => file.name === 'rules') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
