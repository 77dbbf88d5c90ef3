import type { Resource } from './Resource.ts';
import type { ResourceType } from './ResourceType.ts';
import type { XdsClient } from './XdsClient.ts';

/** Where the server takes resources from. */
export interface ResourceSource {
  /** What a client gets that asks for all resources of a type. */
  wildcard(type: ResourceType, client: XdsClient): readonly string[];
  /** Follows one resource; `changed` is called after each change, never at once. */
  subscribe(
    type: ResourceType,
    name: string,
    client: XdsClient,
    changed: () => void,
  ): ResourceSubscription;
}

export interface ResourceSubscription {
  /** Undefined: not known yet. */
  readonly resource: Resource | undefined;
  close(): void;
}
