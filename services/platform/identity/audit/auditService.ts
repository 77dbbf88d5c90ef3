import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuditEvent, AuditServiceDefinition } from '@weft/proto/identity/v1/audit';
import type { Selectable } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import { ownUser } from '../client/userOf.ts';
import type { AuditEvent as AuditRow } from '../database.ts';
import type { Identity } from '../Identity.ts';

/** The methods of identity.v1.AuditService. */
export function auditService({ database }: Identity): HandlersOf<AuditServiceDefinition> {
  return {
    async listAuditEvents({ userId, ...page }, context) {
      const { subject } = ownUser(context, userId);
      const { rows, nextPageToken } = await readPageById(
        page,
        ['audit events', subject],
        database.selectFrom('audit_event').selectAll().where('account_id', '=', subject),
      );
      return { auditEvents: rows.map(describeAuditEvent), nextPageToken };
    },
  };
}

export function describeAuditEvent(row: Selectable<AuditRow>): AuditEvent {
  return {
    auditEventId: row.id,
    createTime: timestampFromDate(row.created_at),
    ...{ action: row.action, actor: row.actor, sessionId: row.session_id ?? '' },
    ...{ address: row.address, userAgent: row.user_agent },
    details: row.details as Record<string, string>,
  };
}
