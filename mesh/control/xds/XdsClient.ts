import { LIMITS } from './limits.ts';
import { StreamRefusal } from './StreamRefusal.ts';

/** Who is at the other end of a stream, as its first request says. */
export interface XdsClient {
  /** node.id: Consul's id of the service instance. */
  readonly id: string;
  /** The service it is: node.metadata.service, else node.cluster. */
  readonly service: string;
  readonly role: 'service' | 'edge';
  /** Such as "gRPC Node Pure JS 1.14.1". */
  readonly userAgent: string;
  /** node.metadata["weft-sds"]: the file of secrets that an Envoy reads. */
  readonly sdsFile: string | undefined;
  readonly isEnvoy: boolean;
  /** node.locality.zone: where it stands; undefined: it does not say. */
  readonly zone: string | undefined;
}

/** The parts of envoy.config.core.v3.Node that are read. */
export interface XdsNode {
  readonly id?: string;
  readonly cluster?: string;
  readonly user_agent_name?: string;
  readonly user_agent_version?: string;
  readonly user_agent_build_version?: { readonly version?: SemanticVersion | null } | null;
  readonly locality?: { readonly zone?: string } | null;
  readonly metadata?: { readonly fields?: Readonly<Record<string, StringField>> } | null;
}
/** A google.protobuf.Value, in the names that protobufjs has built in for it. */
interface StringField {
  readonly stringValue?: string | null;
}
interface SemanticVersion {
  readonly major_number?: number;
  readonly minor_number?: number;
  readonly patch?: number;
}

/** @throws StreamRefusal when the node does not say what its resources depend on, or says too much. */
export function readClient(node: XdsNode): XdsClient {
  const metadata = (key: string) => node.metadata?.fields?.[key]?.stringValue || undefined;
  const isEnvoy = node.user_agent_name === 'envoy';
  const sdsFile = metadata('weft-sds');
  if (isEnvoy && !sdsFile?.startsWith('/')) {
    throw StreamRefusal.unusable(
      'node.metadata["weft-sds"] must be the absolute path of the file of secrets',
    );
  }
  const client: XdsClient = {
    id: node.id || 'unnamed',
    service: metadata('service') ?? node.cluster ?? '',
    role: metadata('weft-role') === 'edge' ? 'edge' : 'service',
    userAgent: `${node.user_agent_name || 'unknown'} ${userAgentVersion(node)}`.trim(),
    sdsFile,
    isEnvoy,
    zone: node.locality?.zone || undefined,
  };
  for (const [field, value] of Object.entries(client)) {
    if (typeof value !== 'string' || value.length <= LIMITS.nodeText) continue;
    throw StreamRefusal.tooMuch(`the node's ${field} has more than ${LIMITS.nodeText} characters`);
  }
  return client;
}

function userAgentVersion(node: XdsNode): string {
  if (node.user_agent_version) return node.user_agent_version;
  const version = node.user_agent_build_version?.version;
  if (!version) return '';
  return `${version.major_number ?? 0}.${version.minor_number ?? 0}.${version.patch ?? 0}`;
}
