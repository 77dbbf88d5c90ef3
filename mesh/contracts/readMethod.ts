import {
  type DescMethod,
  type DescService,
  getOption,
  hasOption,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf';
import { type Duration, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { Access, HttpBinding, MethodContract, RoutingHeader } from './MethodContract.ts';
import { methodDefaults } from './methodDefaults.ts';

/** By the numbers of weft.policy.v1.Access. A number that is not there is nobody's way in. */
const ACCESS: readonly Access[] = ['internal', 'internal', 'public', 'user', 'role', 'api_key'];

/** What gRPC servers take by default. */
const LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

/** weft.policy.v1 and google.api as dynamic messages: the image brings their descriptors along. */
interface ServicePolicy {
  readonly meshService: string;
}
interface MethodPolicy {
  readonly timeout?: Duration;
  readonly access: number;
  readonly roles: readonly string[];
  readonly rateLimit?: { readonly requests: number; readonly per?: Duration };
  readonly concurrencyLimit: number;
  readonly idempotencyKey: number;
  readonly routingHeader?: RoutingHeader;
  readonly maxStreamDuration?: Duration;
  readonly maxRequestBytes: number;
}
interface HttpRule {
  readonly pattern:
    | { readonly case: 'get' | 'put' | 'post' | 'delete' | 'patch'; readonly value: string }
    | { readonly case: 'custom'; readonly value: unknown }
    | { readonly case: undefined };
  readonly body: string;
  readonly additionalBindings: readonly HttpRule[];
}

/** Reads one method's contract from its descriptor. */
export function readMethod(method: DescMethod, registry: Registry): MethodContract {
  const service = method.parent;
  const policy = option<MethodPolicy>(method, registry, 'weft.policy.v1.method');
  const idempotency = readIdempotency(method);
  const streams = method.methodKind !== 'unary';
  return {
    path: `/${service.typeName}/${method.name}`,
    service: service.typeName,
    name: method.name,
    meshService:
      option<ServicePolicy>(service, registry, 'weft.policy.v1.service')?.meshService || undefined,
    requestStream: isStreaming(method, 'client_streaming'),
    responseStream: isStreaming(method, 'server_streaming'),
    idempotency,
    timeoutMs: policy?.timeout
      ? milliseconds(policy.timeout)
      : streams
        ? undefined
        : methodDefaults.unaryTimeoutMs,
    access: ACCESS[policy?.access ?? 0] ?? 'internal',
    roles: policy?.roles ?? [],
    rateLimit: policy?.rateLimit?.per
      ? { requests: policy.rateLimit.requests, perMs: milliseconds(policy.rateLimit.per) }
      : streams
        ? methodDefaults.streamRateLimit
        : idempotency === 'no_side_effects'
          ? methodDefaults.readRateLimit
          : methodDefaults.writeRateLimit,
    maxStreamDurationMs: streams ? streamDuration(policy?.maxStreamDuration) : undefined,
    maxRequestBytes: bodyBytes(method, policy?.maxRequestBytes),
    idempotencyKey: readIdempotencyKey(method, policy?.idempotencyKey),
    concurrencyLimit: policy?.concurrencyLimit || undefined,
    routingHeader: readRoutingHeader(method, policy?.routingHeader),
    http: bindings(option<HttpRule>(method, registry, 'google.api.http')),
    input: method.input,
    output: method.output,
  };
}

/** A stream without an end would be one that a caller holds for ever. */
function streamDuration(said: Duration | undefined): number {
  const wanted = said ? milliseconds(said) : 0;
  return wanted > 0 ? wanted : methodDefaults.maxStreamDurationMs;
}

/** @throws Error for more than a gRPC server takes. */
function bodyBytes({ name }: DescMethod, said: number | undefined): number {
  const bytes = said || methodDefaults.maxRequestBytes;
  if (bytes > LARGEST_MESSAGE_BYTES) {
    throw new Error(`${name}: max_request_bytes: ${bytes} is above ${LARGEST_MESSAGE_BYTES}`);
  }
  return bytes;
}

/** By the numbers of weft.policy.v1.IdempotencyKey. */
const IDEMPOTENCY_KEY = ['ignored', 'accepted', 'required'] as const;

/** @throws Error for a stream, whose answers cannot be kept. */
function readIdempotencyKey(
  { name, methodKind }: DescMethod,
  said = 0,
): MethodContract['idempotencyKey'] {
  if (said !== 0 && methodKind !== 'unary') {
    throw new Error(`${name}: idempotency_key is for unary methods`);
  }
  return IDEMPOTENCY_KEY[said] ?? 'required';
}

/** @throws Error for what is no header, or no string field of the request. */
function readRoutingHeader(
  { input, name }: DescMethod,
  said: RoutingHeader | undefined,
): RoutingHeader | undefined {
  if (!said) return undefined;
  const { header, field } = said;
  if (!/^[a-z][a-z0-9_.-]*$/.test(header) || /^grpc-|-bin$/.test(header)) {
    throw new Error(`${name}: routing_header: "${header}" is no header of its own`);
  }
  const described = input.fields.find((one) => one.name === field);
  if (described?.fieldKind !== 'scalar' || described.scalar !== ScalarType.STRING) {
    throw new Error(`${name}: routing_header: ${input.name} has no string field "${field}"`);
  }
  return { header, field };
}

function isStreaming(method: DescMethod, kind: 'client_streaming' | 'server_streaming'): boolean {
  return method.methodKind === kind || method.methodKind === 'bidi_streaming';
}

function readIdempotency(method: DescMethod): MethodContract['idempotency'] {
  switch (method.idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return 'no_side_effects';
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return 'idempotent';
    default:
      return 'unknown';
  }
}

function option<T>(
  described: DescMethod | DescService,
  registry: Registry,
  name: string,
): T | undefined {
  const extension = registry.getExtension(name);
  // The extension's descriptor is only known at run time, so its type cannot say what it extends.
  const target = described as never;
  if (!extension || !hasOption(target, extension as never)) return undefined;
  return getOption(target, extension as never) as T;
}

function bindings(rule: HttpRule | undefined): HttpBinding[] {
  if (!rule) return [];
  const own: HttpBinding[] =
    rule.pattern.case === undefined || rule.pattern.case === 'custom'
      ? []
      : [
          {
            method: rule.pattern.case.toUpperCase() as HttpBinding['method'],
            path: rule.pattern.value,
            body: rule.body,
          },
        ];
  return [...own, ...rule.additionalBindings.flatMap(bindings)];
}

function milliseconds(duration: Duration): number {
  return Number(duration.seconds) * 1_000 + duration.nanos / 1e6;
}
