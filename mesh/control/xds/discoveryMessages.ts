import type { PackedAny } from './encode.ts';
import { protoRoot } from './protoRoot.ts';
import type { XdsNode } from './XdsClient.ts';

/** The parts of envoy.service.discovery.v3.DiscoveryRequest that are read. */
export interface DiscoveryRequest {
  readonly type_url?: string;
  readonly resource_names?: readonly string[];
  readonly response_nonce?: string;
  readonly node?: XdsNode | null;
  /** Present: the client has refused the response of that nonce. */
  readonly error_detail?: { readonly message?: string } | null;
}

/** envoy.service.discovery.v3.DiscoveryResponse */
export interface DiscoveryResponse {
  readonly version_info: string;
  readonly type_url: string;
  readonly nonce: string;
  readonly resources: readonly PackedAny[];
}

const requestType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryRequest');
const responseType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryResponse');

export function decodeRequest(bytes: Buffer): DiscoveryRequest {
  return requestType.toObject(requestType.decode(bytes)) as DiscoveryRequest;
}

export function encodeResponse(response: DiscoveryResponse): Buffer {
  return Buffer.from(responseType.encode(response as never).finish());
}
