/**
 * Makes one exposition in Prometheus' text format of several: the format wants all samples of a metric together, below
 * one HELP and one TYPE. The samples themselves must differ in a label.
 */
export function mergeExpositions(texts: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const text of texts) {
    let family: Family | undefined;
    for (const line of text.split('\n')) {
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (kind !== undefined && name !== undefined) {
        family = families.get(name) ?? { heads: new Map(), samples: [] };
        families.set(name, family);
        if (!family.heads.has(kind)) family.heads.set(kind, line);
      } else if (line !== '' && !line.startsWith('#')) {
        family?.samples.push(line);
      }
    }
  }
  const lines = [...families.values()].flatMap(({ heads, samples }) => [
    ...heads.values(),
    ...samples,
  ]);
  return `${lines.join('\n')}\n`;
}

interface Family {
  /** The lines HELP and TYPE. */
  readonly heads: Map<string, string>;
  readonly samples: string[];
}
