import type { Contracts } from '@weft/mesh/contracts';
import type { ServiceClient } from '@weft/mesh/runtime';
import type { MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import type { UserServiceDefinition } from '@weft/proto/identity/v1/user_service';
import type { Kysely } from 'kysely';
import type { Clock } from '../../kit/Clock.ts';
import type { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';
import type { Log } from '../../kit/Log.ts';
import type { Secret } from '../../kit/secret/Secret.ts';
import type { Transport } from './channels/Transport.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';

/** What a process of notification holds. */
export interface Notifications {
  readonly database: Kysely<DB>;
  readonly clock: Clock;
  readonly log: Log;
  readonly contracts: Contracts;
  /** By which secrets of endpoints are sealed. */
  readonly secret: Secret;
  /** Subjects of the events that it consumes. */
  readonly consumes: readonly string[];
  readonly mails: Pick<ServiceClient<MailServiceDefinition>, 'getMail'>;
  readonly users: Pick<ServiceClient<UserServiceDefinition>, 'getUser'>;
  /** Pages that links of mails lead to. */
  readonly pages: Config['pages'];
  /** Where endpoints may be. */
  readonly egress: EgressPolicy;
  /** By the names of their channels; one that is not configured is not there. */
  readonly transports: ReadonlyMap<string, Transport>;
}
