import type { Contracts } from '@weft/mesh/contracts';
import type { Kysely } from 'kysely';
import type { Clock } from '../../kit/Clock.ts';
import type { Events } from '../../kit/events/Events.ts';
import type { Log } from '../../kit/Log.ts';
import type { Secret } from '../../kit/secret/Secret.ts';
import type { Attempts } from './attempts/Attempts.ts';
import type { DB } from './database.ts';
import type { SigningKeys } from './keys/SigningKeys.ts';
import type { PasswordHasher } from './passwords/PasswordHasher.ts';
import type { Publication } from './publication/Publication.ts';
import type { Tokens } from './tokens/Tokens.ts';

/** What a process of identity holds, for its methods. */
export interface Identity {
  readonly database: Kysely<DB>;
  readonly events: Pick<Events, 'add'>;
  /** What is good until when is judged by it alone, and not by the database's. */
  readonly clock: Clock;
  readonly log: Log;
  readonly contracts: Contracts;
  readonly secret: Secret;
  readonly tokens: Tokens;
  readonly hasher: PasswordHasher;
  readonly attempts: Attempts;
  readonly keys: SigningKeys;
  readonly publication: Publication;
}
