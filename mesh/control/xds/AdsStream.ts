import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { contentHash } from './contentHash.ts';
import type { DiscoveryRequest, DiscoveryResponse } from './discoveryMessages.ts';
import { LIMITS } from './limits.ts';
import type { Resource } from './Resource.ts';
import type { ResourceSource } from './ResourceSource.ts';
import {
  isFullState,
  RESOURCE_TYPES,
  type ResourceType,
  typeOfUrl,
  typeUrl,
} from './ResourceType.ts';
import { StreamRefusal } from './StreamRefusal.ts';
import { TypeSubscription } from './TypeSubscription.ts';
import type { XdsClient } from './XdsClient.ts';

export interface AdsStreamOptions {
  readonly client: XdsClient;
  readonly source: ResourceSource;
  readonly log: Logger;
  /** Returns false when nothing more may be sent before `resume`. */
  send(response: DiscoveryResponse): boolean;
  /** Called when the stream cannot go on. Default: thrown where nothing catches it. */
  failed?(error: Error): void;
  /** Called for each response sent and each verdict of the client. */
  observed?(type: ResourceType, event: 'sent' | 'ack' | 'nack'): void;
}

/** Where one type of one stream stands. */
export interface AdsTypeStatus {
  readonly type: ResourceType;
  readonly names: readonly string[];
  /** Version of the last response. */
  readonly version: string;
  readonly state: 'pending' | 'acked' | 'nacked' | 'waiting';
  /** The client's own words, when it has refused the last response. */
  readonly error: string | undefined;
}

interface TypeState {
  readonly subscription: TypeSubscription;
  nonce: string;
  version: string;
  /** Names of the last response's resources. */
  sent: readonly string[];
  state: AdsTypeStatus['state'];
  error: string | undefined;
  /** What was refused last, if the last verdict was a refusal. */
  refused: { readonly version: string; readonly error: string | undefined } | undefined;
}

const NAMES_LOGGED = 20;

/**
 * The state-of-the-world protocol with one client: subscriptions, nonces, ACK and NACK.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 *
 * Of each type at most one response is under way. What changes meanwhile goes out as one response after
 * the client's verdict, so a slow client costs nobody else anything, and memory for one response. A client that
 * gives its verdicts without reading what it judges gets nothing more until it has read.
 */
export class AdsStream {
  readonly client: XdsClient;
  readonly since = new Date();
  readonly #options: AdsStreamOptions;
  readonly #types = new Map<ResourceType, TypeState>();
  #nonce = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #isBlocked = false;

  constructor(options: AdsStreamOptions) {
    this.client = options.client;
    this.#options = options;
  }

  get status(): AdsTypeStatus[] {
    return [...this.#types].map(([type, { subscription, version, state, error }]) => ({
      type,
      names: subscription.names,
      version,
      state,
      error,
    }));
  }

  /** @throws StreamRefusal when the client asks for more than can be served. */
  receive(request: DiscoveryRequest): void {
    const type = typeOfUrl(request.type_url ?? '');
    if (!type) {
      this.#options.log.debug({ type: request.type_url }, 'asked for a type that is not served');
      return;
    }
    const names = request.resource_names ?? [];
    if (names.length > LIMITS.names) {
      throw StreamRefusal.tooMuch(`more than ${LIMITS.names} names of ${type}`);
    }
    const known = this.#types.get(type);
    const state = known ?? this.#newType(type);
    // A request may have crossed our response; its nonce is stale, its names are not.
    const isVerdict = state.state === 'pending' && request.response_nonce === state.nonce;
    if (isVerdict) this.#handleAckNack(type, state, request);
    const differs = state.subscription.ask(names);
    // Envoy repeats a request when it has renewed a cluster, and waits for the answer.
    if (known && !isVerdict && !differs && !isFullState(type)) state.subscription.repeat();
    this.#schedule();
  }

  /** The client has read what had piled up for it. */
  resume(): void {
    this.#isBlocked = false;
    this.#schedule();
  }

  close(): void {
    clearImmediate(this.#scheduled);
    for (const { subscription } of this.#types.values()) subscription.close();
    this.#types.clear();
  }

  #newType(type: ResourceType): TypeState {
    const { source, client } = this.#options;
    const state: TypeState = {
      subscription: new TypeSubscription(type, source, client, () => this.#schedule()),
      nonce: '',
      version: '',
      sent: [],
      state: 'waiting',
      error: undefined,
      refused: undefined,
    };
    this.#types.set(type, state);
    return state;
  }

  #handleAckNack(type: ResourceType, state: TypeState, request: DiscoveryRequest): void {
    const { log, observed } = this.#options;
    const isNack = request.error_detail != null;
    observed?.(type, isNack ? 'nack' : 'ack');
    state.state = isNack ? 'nacked' : 'acked';
    state.error = isNack ? request.error_detail?.message?.slice(0, LIMITS.errorText) : undefined;
    const { version, error } = state;
    const { refused } = state;
    state.refused = isNack ? { version, error } : undefined;
    // Asked for again and again, the same is refused again and again.
    if (!isNack || isDeepStrictEqual(refused, state.refused)) return;
    const names = state.sent.slice(0, NAMES_LOGGED);
    log.error({ type, version, names, of: state.sent.length, reason: error }, 'NACK');
  }

  /** Changes that come together go out together. */
  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#tryToFlush();
    });
  }

  #tryToFlush(): void {
    try {
      this.#flush();
    } catch (error) {
      const { failed } = this.#options;
      if (!failed) throw error;
      failed(error as Error);
    }
  }

  /**
   * Clusters and endpoints first: nothing may name a cluster that the client does not have. So routes wait
   * until it has taken them; an Envoy, that gets its clusters unasked, asks for the endpoints of new ones
   * before it says that it has taken those.
   */
  #flush(): void {
    for (const type of RESOURCE_TYPES) {
      if (this.#isBlocked) return;
      const state = this.#types.get(type);
      if (!state || state.state === 'pending') continue;
      if (type === 'routes' && this.#isPending('cluster', 'endpoints')) continue;
      const due = state.subscription.nextResponse();
      if (due) this.#send(type, state, due);
    }
  }

  #isPending(...types: readonly ResourceType[]): boolean {
    return types.some((type) => this.#types.get(type)?.state === 'pending');
  }

  #send(type: ResourceType, state: TypeState, resources: readonly Resource[]): void {
    this.#nonce += 1;
    state.nonce = String(this.#nonce);
    state.version = contentHash(...resources.map((resource) => resource.version));
    state.sent = resources.map((resource) => resource.name);
    state.state = 'pending';
    this.#options.observed?.(type, 'sent');
    this.#isBlocked = !this.#options.send({
      version_info: state.version,
      type_url: typeUrl(type),
      nonce: state.nonce,
      resources: resources.map(({ bytes }) => ({ type_url: typeUrl(type), value: bytes })),
    });
  }
}
