/**
 * A TypeScript process that calls RiskService as `cli`, as a test's child: a position in, the outcome out. A
 * process of its own, because gRPC reads its xDS bootstrap once a process and never lets go of the control plane.
 */
import { connectMesh } from '@weft/mesh/runtime';
import {
  type AssessPositionRequest,
  type AssessPositionResponse,
  RiskServiceDefinition,
} from '@weft/proto/examples/v1/risk';

export interface RiskOutcome {
  /** gRPC status; 0: OK. */
  readonly code: number;
  readonly message: string;
  readonly answer: AssessPositionResponse | undefined;
}

const mesh = await connectMesh({ service: 'cli' });
const risk = mesh.client(RiskServiceDefinition);

async function assess(position: AssessPositionRequest): Promise<RiskOutcome> {
  try {
    return { code: 0, message: '', answer: await risk.assessPosition(position) };
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return { code, message, answer: undefined };
  }
}

process.on('message', ({ id, position }: { id: number; position: AssessPositionRequest }) => {
  assess(position).then((outcome) => process.send?.({ id, outcome }));
});
process.on('disconnect', () => process.exit());
