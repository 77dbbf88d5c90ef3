import type { Case, CaseResult, Contender, Measurement, Result } from './Suite.ts';

const WARM_UP_SECONDS = 2;

/**
 * Measures a case: one warm-up turn each, then `rounds` rounds in which each contender has one turn.
 * Every other round goes backwards, so that no contender always follows the same neighbour.
 */
export async function runCase(
  suite: string,
  subject: Case,
  options: { rounds: number; seconds: number; progress: (text: string) => void },
): Promise<CaseResult> {
  const { title, contenders, warmUpSeconds = Math.min(options.seconds, WARM_UP_SECONDS) } = subject;
  const turns = new Map<Contender, Measurement[]>(contenders.map((one) => [one, []]));
  for (const contender of warmUpSeconds > 0 ? contenders : []) {
    options.progress(`${title}: warming ${contender.name}`);
    await contender.turn(warmUpSeconds);
  }
  const rounds = Math.min(options.rounds, subject.mostRounds ?? Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      options.progress(`${title}: round ${round + 1}/${rounds} ${contender.name}`);
      turns.get(contender)?.push(await contender.turn(options.seconds));
    }
  }
  return {
    suite,
    title,
    unit: subject.unit,
    baseline: subject.baseline,
    added: subject.added,
    ratios: subject.ratios,
    sizes: subject.sizes,
    results: [...turns].map(([contender, measurements]) => summarize(contender, measurements)),
  };
}

function summarize({ name, size }: Contender, measurements: readonly Measurement[]): Result {
  const extra: Record<string, number[]> = {};
  for (const measurement of measurements) {
    for (const [key, value] of Object.entries(measurement.extra ?? {})) {
      extra[key] = [...(extra[key] ?? []), value];
    }
  }
  return {
    name,
    size,
    values: measurements.map((measurement) => measurement.value),
    errors: measurements.reduce((sum, measurement) => sum + measurement.errors, 0),
    extra,
  };
}
