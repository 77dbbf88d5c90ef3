import { type DescMethod, type Registry, ScalarType } from '@bufbuild/protobuf';
import { type Duration, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { ACCESS, type AccessRule } from './AccessRule.ts';
import type {
  CacheContract,
  HttpBinding,
  MethodContract,
  RoutingHeader,
} from './MethodContract.ts';
import { methodDefaults } from './methodDefaults.ts';
import { readOption } from './readOption.ts';

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
  readonly scopes: readonly string[];
  readonly allowServices: boolean;
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
  const policy = readOption<MethodPolicy>(method, registry, 'weft.policy.v1.method');
  const idempotency = readIdempotency(method);
  const streams = method.methodKind !== 'unary';
  return {
    path: `/${service.typeName}/${method.name}`,
    service: service.typeName,
    name: method.name,
    meshService:
      readOption<ServicePolicy>(service, registry, 'weft.policy.v1.service')?.meshService ||
      undefined,
    requestStream: isStreaming(method, 'client_streaming'),
    responseStream: isStreaming(method, 'server_streaming'),
    idempotency,
    timeoutMs: policy?.timeout
      ? milliseconds(policy.timeout)
      : streams
        ? undefined
        : methodDefaults.unaryTimeoutMs,
    ...readAccess(method, policy),
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
    cache: readCache(method, readOption(method, registry, 'weft.policy.v1.cache')),
    http: bindings(readOption<HttpRule>(method, registry, 'google.api.http')),
    input: method.input,
    output: method.output,
  };
}

/**
 * A number that weft.policy.v1.Access does not have is nobody's way in.
 *
 * @throws Error for users or API keys without scopes: any key could then do what a user does.
 */
function readAccess({ name }: DescMethod, policy: MethodPolicy | undefined): AccessRule {
  // The numbers begin at 1; 0 says nothing.
  const access = ACCESS[(policy?.access ?? 0) - 1] ?? 'internal';
  const { roles = [], scopes = [], allowServices = false } = policy ?? {};
  if (access === 'user_or_api_key' && scopes.length === 0) {
    throw new Error(`${name}: ACCESS_USER_OR_API_KEY needs scopes, which API keys must have`);
  }
  return { access, roles, scopes, allowsServices: allowServices };
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

/** @throws Error for a method whose answers mean nothing later. */
function readCache(
  method: DescMethod,
  said: { readonly maxAge?: Duration; readonly staleIfError?: Duration } | undefined,
): CacheContract | undefined {
  if (!said) return undefined;
  if (method.methodKind !== 'unary' || readIdempotency(method) !== 'no_side_effects') {
    throw new Error(`${method.name}: cache is for unary methods without side effects`);
  }
  const maxAgeMs = said.maxAge ? milliseconds(said.maxAge) : 0;
  if (maxAgeMs <= 0) throw new Error(`${method.name}: cache: max_age has to be above 0`);
  return { maxAgeMs, staleIfErrorMs: said.staleIfError ? milliseconds(said.staleIfError) : 0 };
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
