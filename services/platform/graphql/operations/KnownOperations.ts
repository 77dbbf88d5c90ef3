import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '@weft/mesh/runtime';
import { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { GraphqlReason } from '../GraphqlReason.ts';
import { limits } from '../limits.ts';
import { refusal } from './toGraphqlError.ts';

const FILE = z.record(z.string().regex(/^[0-9a-f]{64}$/), z.string());

/** What an operation may be asked for by, in place of its text: Apollo's extension of a request. */
interface Persisted {
  readonly version?: unknown;
  readonly sha256Hash?: unknown;
}

/**
 * Operations that clients name by the SHA-256 of their texts: those of a file, and those that clients have sent before, as far as
 * this instance remembers them; who names another one is asked for its text.
 *
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq
 */
export class KnownOperations {
  readonly #fixed: ReadonlyMap<string, string>;
  readonly #isClosed: boolean;
  readonly #sent = new LRUCache<string, string>({ max: limits.persistedOperations });

  /**
   * @param fixed Texts by their hashes.
   * @param isClosed Whether no others are answered.
   */
  constructor(fixed: ReadonlyMap<string, string> = new Map(), isClosed = false) {
    this.#fixed = fixed;
    this.#isClosed = isClosed;
  }

  /**
   * Reads them from a file.
   *
   * @throws ConfigError for one that cannot be read, or has a text whose hash is another.
   */
  static async read(file: string, isClosed: boolean): Promise<KnownOperations> {
    try {
      const texts = FILE.parse(JSON.parse(await readFile(file, 'utf8')));
      const wrong = Object.entries(texts).find(([hash, text]) => hashOf(text) !== hash);
      if (wrong) throw new Error(`${wrong[0]} is not the SHA-256 of its text`);
      return new KnownOperations(new Map(Object.entries(texts)), isClosed);
    } catch (error) {
      throw new ConfigError(`GRAPHQL_OPERATIONS_FILE: ${file}: ${(error as Error).message}`);
    }
  }

  /**
   * The text of the operation that a request names or brings along.
   *
   * @throws GraphQLError for a name that is not known, a text whose hash is another, and what is not among the only ones.
   */
  textOf(query: string, extensions: Readonly<Record<string, unknown>> | null | undefined): string {
    const persisted = extensions?.persistedQuery as Persisted | undefined;
    const named = typeof persisted?.sha256Hash === 'string' ? persisted.sha256Hash : undefined;
    const hash = named ?? (this.#isClosed ? hashOf(query) : undefined);
    if (hash === undefined) return query;
    const fixed = this.#fixed.get(hash);
    if (fixed !== undefined) return fixed;
    if (this.#isClosed) {
      throw refusal(GraphqlReason.OPERATION_UNKNOWN, 'this operation is not known here');
    }
    if (query === '') return this.#sent.get(hash) ?? notFound();
    if (hashOf(query) !== hash) {
      throw refusal(GraphqlReason.OPERATION_HASH, 'the hash is that of another text');
    }
    this.#sent.set(hash, query);
    return query;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What clients of Apollo's extension wait for, to send the text. */
function notFound(): never {
  throw new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
  });
}
