/**
 * A TypeScript process that calls as `cli`, as a test's child: a position in, the outcome out. A process of its own,
 * because gRPC reads its xDS bootstrap once a process and never lets go of the control plane.
 */
import { Metadata } from '@grpc/grpc-js';
import { connectMesh } from '@weft/mesh/runtime';
import {
  type AssessPositionRequest,
  type AssessPositionResponse,
  RiskServiceDefinition,
} from '@weft/proto/examples/v1/risk';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';

/** A call that is to be made. */
export interface RiskCall {
  /** 'risk': whichever program serves it; 'analytics': its figures, straight from there. */
  readonly service: 'risk' | 'analytics';
  readonly position: AssessPositionRequest;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RiskOutcome {
  /** gRPC status; 0: OK. */
  readonly code: number;
  readonly message: string;
  readonly answer: AssessPositionResponse | undefined;
}

const mesh = await connectMesh({ service: 'cli' });
const risk = mesh.client(RiskServiceDefinition);
const analytics = mesh.client(AnalyticsServiceDefinition);

async function assess({ service, position, headers }: RiskCall): Promise<AssessPositionResponse> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  if (service === 'risk') return await risk.assessPosition(position, { metadata });
  const { assetSymbol, quantity } = position;
  const { summary } = await analytics.getAssetSummary({ assetSymbol }, { metadata });
  const { last = Number.NaN, low = Number.NaN } = summary ?? {};
  return {
    marketValue: quantity * last,
    valueAtRisk: quantity * (last - low),
    servedBy: 'typescript',
  };
}

process.on('message', ({ id, call }: { id: number; call: RiskCall }) => {
  assess(call)
    .then((answer): RiskOutcome => ({ code: 0, message: '', answer }))
    .catch(({ code, message }): RiskOutcome => ({ code, message, answer: undefined }))
    .then((outcome) => process.send?.({ id, outcome }));
});
process.on('disconnect', () => process.exit());
