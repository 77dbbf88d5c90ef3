import { implement } from '@weft/mesh/runtime';
import { LogIntakeServiceDefinition } from '@weft/proto/logging/v1/intake';
import { readPinoLine } from '../lines/readPinoLine.ts';
import type { Intake } from './Intake.ts';
import { senderOf } from './senderOf.ts';
import { takeIn } from './takeIn.ts';

/** Takes lines of services on the TypeScript runtime. */
export function intakeService(intake: Pick<Intake, 'take'>) {
  return implement(LogIntakeServiceDefinition, {
    async writeLogLines({ run: id, firstSequence: first, lines, dropped }, context) {
      const service = senderOf(context);
      await takeIn(intake, { service, run: { id, first }, dropped }, lines.map(readPinoLine));
      return {};
    },
  });
}
