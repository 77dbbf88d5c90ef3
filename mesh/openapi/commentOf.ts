import type {
  DescEnum,
  DescEnumValue,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  DescService,
} from '@bufbuild/protobuf';

type Described = DescMessage | DescField | DescEnum | DescEnumValue | DescService | DescMethod;

/** What the contract says right above something; "" when it says nothing, or the image has no comments. */
export function commentOf(described: Described): string {
  return commentsOf(fileOf(described)).get(pathOf(described).join()) ?? '';
}

const known = new WeakMap<DescFile, ReadonlyMap<string, string>>();

function commentsOf(file: DescFile): ReadonlyMap<string, string> {
  let comments = known.get(file);
  if (!comments) {
    const locations = file.proto.sourceCodeInfo?.location ?? [];
    comments = new Map(
      locations.map(({ path, leadingComments }) => [path.join(), withoutMargin(leadingComments)]),
    );
    known.set(file, comments);
  }
  return comments;
}

/** Without the space after each `//`. */
function withoutMargin(comment: string): string {
  return comment.replace(/^ /gm, '').trim();
}

function fileOf(described: Described): DescFile {
  if ('file' in described) return described.file;
  return fileOf(described.parent);
}

/** Numbers of fields in descriptor.proto, and indices in them: google.protobuf.SourceCodeInfo.Location.path. */
function pathOf(described: Described): number[] {
  switch (described.kind) {
    case 'message': {
      const { parent, file, proto } = described;
      return parent
        ? [...pathOf(parent), 3, parent.proto.nestedType.indexOf(proto)]
        : [4, file.proto.messageType.indexOf(proto)];
    }
    case 'enum': {
      const { parent, file, proto } = described;
      return parent
        ? [...pathOf(parent), 4, parent.proto.enumType.indexOf(proto)]
        : [5, file.proto.enumType.indexOf(proto)];
    }
    case 'service':
      return [6, described.file.proto.service.indexOf(described.proto)];
    case 'field':
      return [
        ...pathOf(described.parent),
        2,
        described.parent.proto.field.indexOf(described.proto),
      ];
    case 'enum_value':
      return [
        ...pathOf(described.parent),
        2,
        described.parent.proto.value.indexOf(described.proto),
      ];
    case 'rpc':
      return [
        ...pathOf(described.parent),
        2,
        described.parent.proto.method.indexOf(described.proto),
      ];
  }
}
