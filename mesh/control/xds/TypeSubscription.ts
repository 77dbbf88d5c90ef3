import type { Resource } from './Resource.ts';
import type { ResourceSource, ResourceSubscription } from './ResourceSource.ts';
import { isFullState, type ResourceType } from './ResourceType.ts';
import type { XdsClient } from './XdsClient.ts';

interface Followed {
  readonly subscription: ResourceSubscription;
  /** Version that the client has been sent last. */
  sent: string | undefined;
}

/** How long an answer that must be complete waits for a resource that is not known yet. */
const INITIAL_FETCH_TIMEOUT_MS = 3_000;

/**
 * What one stream has asked for of one type, and what it has been sent of it. Decides what the next
 * response carries; knows nothing of nonces.
 */
export class TypeSubscription {
  readonly #type: ResourceType;
  readonly #source: ResourceSource;
  readonly #client: XdsClient;
  readonly #changed: () => void;
  readonly #followed = new Map<string, Followed>();
  #isWildcard = false;
  #isFirst = true;
  #resendAll = false;
  #isWaiting = true;
  #initialFetchTimeout: NodeJS.Timeout | undefined;

  constructor(type: ResourceType, source: ResourceSource, client: XdsClient, changed: () => void) {
    this.#type = type;
    this.#source = source;
    this.#client = client;
    this.#changed = changed;
  }

  get names(): string[] {
    return [...this.#followed.keys()];
  }

  /**
   * Takes the names of a request.
   *
   * @returns whether anything differs from the request before.
   */
  ask(requested: readonly string[]): boolean {
    const names = new Set(requested);
    const isAll = names.delete('*') || (names.size === 0 && (this.#isFirst || this.#isWildcard));
    const wasWildcard = this.#isWildcard;
    this.#isWildcard = isAll && isFullState(this.#type);
    if (this.#isWildcard) {
      // What an Envoy has been given stays as long as its stream: its routes may still name it.
      if (wasWildcard) for (const name of this.#followed.keys()) names.add(name);
      for (const name of this.#source.wildcard(this.#type, this.#client)) names.add(name);
      // Also an empty answer is one that an Envoy waits for.
      if (this.#isFirst) this.#resendAll = true;
    }
    this.#isFirst = false;
    const differs =
      names.size !== this.#followed.size || [...names].some((name) => !this.#followed.has(name));
    for (const [name, { subscription }] of this.#followed) {
      if (names.has(name)) continue;
      subscription.close();
      this.#followed.delete(name);
    }
    for (const name of names) this.#follow(name);
    return differs;
  }

  /** The next response carries all that is asked for, also what the client has been sent already. */
  repeat(): void {
    this.#resendAll = true;
  }

  /** Resources of the response that is due; undefined when none is. Counts them as sent. */
  nextResponse(): readonly Resource[] | undefined {
    if (this.#isWildcard) this.#followAll();
    const followed = [...this.#followed.values()];
    const known = followed.flatMap((entry) =>
      entry.subscription.resource ? [{ entry, resource: entry.subscription.resource }] : [],
    );
    const news = known.filter(({ entry, resource }) => entry.sent !== resource.version);
    if (news.length === 0 && !this.#resendAll) return undefined;
    if (isFullState(this.#type) && known.length < followed.length && this.#holds())
      return undefined;
    const due = this.#resendAll || isFullState(this.#type) ? known : news;
    this.#resendAll = false;
    clearTimeout(this.#initialFetchTimeout);
    for (const { entry, resource } of due) entry.sent = resource.version;
    return due.map(({ resource }) => resource);
  }

  close(): void {
    clearTimeout(this.#initialFetchTimeout);
    for (const { subscription } of this.#followed.values()) subscription.close();
    this.#followed.clear();
  }

  #followAll(): void {
    for (const name of this.#source.wildcard(this.#type, this.#client)) this.#follow(name);
  }

  #follow(name: string): void {
    if (this.#followed.has(name)) return;
    const subscription = this.#source.subscribe(this.#type, name, this.#client, this.#changed);
    this.#followed.set(name, { subscription, sent: undefined });
    clearTimeout(this.#initialFetchTimeout);
    this.#initialFetchTimeout = undefined;
    this.#isWaiting = true;
  }

  /**
   * A client may take a cluster or listener that is missing for deleted, so the answer waits for all of
   * them: an Envoy's, that deletes for certain, until they are all there; a gRPC client's not so long
   * that one service of which Consul tells nothing keeps the others away.
   */
  #holds(): boolean {
    if (this.#isWildcard) return true;
    if (!this.#isWaiting) return false;
    this.#initialFetchTimeout ??= setTimeout(() => {
      this.#isWaiting = false;
      this.#changed();
    }, INITIAL_FETCH_TIMEOUT_MS).unref();
    return true;
  }
}
