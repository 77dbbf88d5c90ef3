import { randomUUID } from 'node:crypto';
import { connectMesh } from '@weft/mesh/runtime';
import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import { LogIntakeServiceDefinition } from '@weft/proto/logging/v1/intake';
import { LogFilter, LogServiceDefinition } from '@weft/proto/logging/v1/log';
import { eventually } from '../../mesh/testing/eventually.ts';
import { PAGE, type Query, type Sink } from './Sink.ts';

/** The service logging, to which it sends as a service. */
export async function weftSink(service: string): Promise<Sink> {
  const member = await connectMesh({ service });
  const { writeLogLines } = member.client(LogIntakeServiceDefinition);
  const logs = member.client(LogServiceDefinition);
  const run = randomUUID();
  let firstSequence = 0;
  return {
    async send({ pino }) {
      await writeLogLines({ run, firstSequence, lines: [...pino], dropped: 0 });
      firstSequence += pino.length;
    },
    settle: () =>
      eventually(async () => {
        const { accounts } = await logs.getLogLedger({});
        const waiting = accounts.reduce((sum, { pending }) => sum + pending, 0);
        if (waiting > 0) throw new Error(`${waiting} lines are on their way`);
      }, 600_000),
    async find(query) {
      const { logEntries } = await logs.listLogEntries({
        ...{ filter: filterOf(query), pageSize: PAGE, pageToken: '' },
        ...{ startTime: timestampOf(query.from), endTime: timestampOf(query.to) },
      });
      return logEntries.length;
    },
  };
}

function filterOf(query: Query): LogFilter {
  if ('traceId' in query) return LogFilter.fromPartial({ traceId: query.traceId });
  if ('word' in query) return LogFilter.fromPartial({ text: query.word });
  return LogFilter.fromPartial({ services: [query.service] });
}

function timestampOf(time: number): Timestamp {
  return { seconds: Math.floor(time / 1_000), nanos: (time % 1_000) * 1_000_000 };
}
