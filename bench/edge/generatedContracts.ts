import { create, fromBinary, setExtension, toBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type MethodDescriptorProto,
  MethodDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  MethodOptionsSchema,
  ServiceDescriptorProtoSchema,
  ServiceOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { Contracts } from '../../mesh/contracts/index.ts';

/** The service behind the edges that are measured. */
const KEPT = 'market.v1.AnalyticsService';
const PACKAGE = 'bench.generated.v1';
const REQUEST = '.market.v1.GetAssetSummaryRequest';
const RESPONSE = '.market.v1.GetAssetSummaryResponse';
/** The number in weft.policy.v1.Access. */
const PUBLIC = 2;

/** A method of each generated service: those that AIP makes standard, and one below a collection that others share. */
const SHAPES = [
  { name: 'Get', verb: 'get', path: '/v1/things{n}/{asset_symbol}' },
  { name: 'List', verb: 'get', path: '/v1/things{n}' },
  { name: 'Create', verb: 'post', path: '/v1/things{n}' },
  { name: 'Update', verb: 'patch', path: '/v1/things{n}/{asset_symbol}' },
  { name: 'Delete', verb: 'delete', path: '/v1/things{n}/{asset_symbol}' },
  { name: 'Note', verb: 'get', path: '/v1/assets/{asset_symbol}/notes{n}' },
] as const;

/** Contracts with this many methods: those of AnalyticsService, and generated ones of services of six each. */
export function generatedContracts(methods: number): Contracts {
  const own = Contracts.load();
  const extension = (name: string) => {
    const found = own.registry.getExtension(name);
    if (!found) throw new Error(`the image lacks ${name}`);
    return found;
  };
  const message = (name: string, fields: object) => {
    const found = own.registry.getMessage(name);
    if (!found) throw new Error(`the image lacks ${name}`);
    return create(found, fields as never);
  };

  function methodOf(index: number): MethodDescriptorProto {
    const { name, verb, path } = shapeOf(index);
    const options = create(MethodOptionsSchema, {
      idempotencyLevel:
        verb === 'get'
          ? MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
          : MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
    });
    const value = path.replace('{n}', String(serviceOf(index)));
    const body = verb === 'post' || verb === 'patch' ? '*' : '';
    const rule = message('google.api.HttpRule', { pattern: { case: verb, value }, body });
    setExtension(options, extension('google.api.http'), rule);
    const policy = message('weft.policy.v1.MethodPolicy', { access: PUBLIC });
    setExtension(options, extension('weft.policy.v1.method'), policy);
    return create(MethodDescriptorProtoSchema, {
      ...{ name: `${name}Thing`, inputType: REQUEST, outputType: RESPONSE, options },
    });
  }

  const image = fromBinary(FileDescriptorSetSchema, own.image);
  let kept = 0;
  for (const file of image.file) {
    file.service = file.service.filter(({ name }) => `${file.package}.${name}` === KEPT);
    kept += file.service.flatMap(({ method }) => method).length;
  }
  const indices = Array.from({ length: methods - kept }, (_, index) => index);
  const services = [...Map.groupBy(indices, serviceOf)].map(([n, of]) => {
    const options = create(ServiceOptionsSchema);
    const policy = message('weft.policy.v1.ServicePolicy', { meshService: 'analytics' });
    setExtension(options, extension('weft.policy.v1.service'), policy);
    const name = `Thing${n}Service`;
    return create(ServiceDescriptorProtoSchema, { name, method: of.map(methodOf), options });
  });
  image.file.push(
    create(FileDescriptorProtoSchema, {
      name: 'bench/generated/v1/things.proto',
      package: PACKAGE,
      syntax: 'proto3',
      dependency: [
        'market/v1/analytics.proto',
        'google/api/annotations.proto',
        'weft/policy/v1/policy.proto',
      ],
      service: services,
    }),
  );
  return new Contracts(toBinary(FileDescriptorSetSchema, image));
}

function serviceOf(index: number): number {
  return Math.floor(index / SHAPES.length);
}

function shapeOf(index: number): (typeof SHAPES)[number] {
  return SHAPES[index % SHAPES.length] as (typeof SHAPES)[number];
}
