import { LogIntakeServiceDefinition } from '@weft/proto/logging/v1/intake';
import type { MeshMember } from '../service/MeshMember.ts';
import type { LogShipper } from './LogShipper.ts';

/** Begins to send a process's log to the service whose contract takes it, unless it is that one itself. */
export function shipLogs(shipper: LogShipper, member: MeshMember): void {
  if (member.meshServiceOf(LogIntakeServiceDefinition) === member.membership.service) {
    shipper.discard();
    return;
  }
  const { writeLogLines } = member.client(LogIntakeServiceDefinition);
  shipper.start((batch, options) => writeLogLines(batch, options));
  member.membership.telemetry.observe((meter) => {
    meter
      .createObservableCounter('weft.log.lines', {
        description: 'Lines of this log by whether the service that keeps logs has them.',
      })
      .addCallback((result) => {
        result.observe(shipper.sent, { outcome: 'sent' });
        result.observe(shipper.dropped, { outcome: 'dropped' });
      });
  });
}
