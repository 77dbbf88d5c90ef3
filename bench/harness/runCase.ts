import type { Case, CaseResult, Contender, Measurement, Result } from './Suite.ts';

/**
 * Measures a case: one warm-up turn each, then `rounds` rounds in which each contender has one turn.
 * Every other round goes backwards, so that no contender always follows the same neighbour.
 */
export async function runCase(
  suite: string,
  subject: Case,
  options: { rounds: number; seconds: number; progress: (text: string) => void },
): Promise<CaseResult> {
  const turns = new Map<Contender, Measurement[]>(subject.contenders.map((one) => [one, []]));
  for (const contender of subject.contenders) {
    options.progress(`${subject.title}: warming ${contender.name}`);
    await contender.turn(Math.min(options.seconds, 2));
  }
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? subject.contenders : subject.contenders.toReversed();
    for (const contender of order) {
      options.progress(`${subject.title}: round ${round + 1}/${options.rounds} ${contender.name}`);
      turns.get(contender)?.push(await contender.turn(options.seconds));
    }
  }
  return {
    suite,
    title: subject.title,
    unit: subject.unit,
    baseline: subject.baseline,
    results: [...turns].map(([contender, measurements]) => summarize(contender.name, measurements)),
  };
}

function summarize(name: string, measurements: readonly Measurement[]): Result {
  const extra: Record<string, number[]> = {};
  for (const measurement of measurements) {
    for (const [key, value] of Object.entries(measurement.extra ?? {})) {
      extra[key] = [...(extra[key] ?? []), value];
    }
  }
  return {
    name,
    values: measurements.map((measurement) => measurement.value),
    errors: measurements.reduce((sum, measurement) => sum + measurement.errors, 0),
    extra,
  };
}
