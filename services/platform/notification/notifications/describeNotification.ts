import {
  type Attempt,
  AttemptOutcome,
  type Decision,
  type Notification,
  NotificationState,
} from '@weft/proto/notification/v1/notification';
import type { Selectable } from 'kysely';
import { timestampFromDate } from '../../../kit/time.ts';
import type { Attempt as AttemptRow, Notification as NotificationRow } from '../database.ts';
import { channelOf } from './channelNames.ts';

export function describeNotification(row: Selectable<NotificationRow>): Notification {
  return {
    notificationId: row.id,
    category: row.category,
    critical: row.critical,
    eventSubject: row.event_subject ?? '',
    eventKey: row.event_key ?? '',
    userId: row.user_id ?? '',
    endpointId: row.endpoint_id ?? '',
    template: row.template,
    channels: row.channels.map(channelOf),
    state: NotificationState[row.state as keyof typeof NotificationState],
    reason: row.reason,
    createTime: timestampFromDate(row.created_at),
    dueTime: row.due_at ? timestampFromDate(row.due_at) : undefined,
    endTime: row.ended_at ? timestampFromDate(row.ended_at) : undefined,
  };
}

export function describeAttempt(row: Selectable<AttemptRow>): Attempt {
  const { outcome } = row;
  return {
    number: row.number,
    channel: channelOf(row.channel),
    startTime: timestampFromDate(row.started_at),
    endTime: row.ended_at ? timestampFromDate(row.ended_at) : undefined,
    outcome: outcome
      ? AttemptOutcome[outcome as keyof typeof AttemptOutcome]
      : AttemptOutcome.UNSPECIFIED,
    answer: row.answer,
  };
}

export function describeDecisions({
  decisions,
}: Pick<Selectable<NotificationRow>, 'decisions'>): Decision[] {
  return (decisions as { time: string; reason: string; description: string }[]).map(
    ({ time, reason, description }) => ({
      ...{ time: timestampFromDate(new Date(time)), reason, description },
    }),
  );
}
