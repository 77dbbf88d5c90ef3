import { fromRfc3339 } from '../lines/rfc3339.ts';
import type { StoredLine } from '../lines/StoredLine.ts';
import { plainFields } from './plainFields.ts';
import { post, type Target, type TargetAddress } from './Target.ts';

/**
 * Loki's push interface. A stream for each service, instance and level; a line is JSON. Loki takes a line of one time and text
 * once.
 *
 * @see https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export function loki(address: TargetAddress): Target {
  return {
    name: 'loki',
    async send(lines, signal) {
      const streams = Map.groupBy(lines, ({ service, instance, level }) =>
        JSON.stringify({ service, instance, level }),
      );
      const body = {
        streams: [...streams].map(([stream, own]) => ({
          stream: JSON.parse(stream),
          values: own.map((line) => [String(fromRfc3339(line._time)), textOf(line)]),
        })),
      };
      const path = '/loki/api/v1/push';
      const answer = await post(address, path, 'application/json', JSON.stringify(body), signal);
      return answer.ok ? 0 : lines.length;
    },
  };
}

function textOf(line: StoredLine): string {
  return JSON.stringify(plainFields(line));
}
