import { plainFields } from './plainFields.ts';
import { post, type Target, type TargetAddress } from './Target.ts';

/** Of one action of a bulk request: a line of that id is there already. */
const CONFLICT = 409;
/** It has no room for it now. */
const LATER = 429;

/**
 * Elasticsearch's bulk interface. A line's id is its position, so one that is sent again is there once.
 *
 * @param index Name of the index, or of the data stream.
 * @see https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
export function elasticsearch(address: TargetAddress, index: string): Target {
  return {
    name: 'elasticsearch',
    async send(lines, signal) {
      const body = lines
        .flatMap((line) => [
          { create: { _index: index, _id: String(line.position) } },
          { '@timestamp': line._time, ...plainFields(line) },
        ])
        .map((each) => `${JSON.stringify(each)}\n`)
        .join('');
      const type = 'application/x-ndjson';
      const { ok, text } = await post(address, '/_bulk', type, body, signal);
      if (!ok) return lines.length;
      const statuses = statusesOf(text);
      if (statuses.some((status) => status === LATER || status >= 500)) {
        throw new Error('it has no room for some lines now');
      }
      return statuses.filter((status) => status >= 400 && status !== CONFLICT).length;
    },
  };
}

/** The status of each action. */
function statusesOf(text: string): number[] {
  const { items } = JSON.parse(text) as { items: { create: { status: number } }[] };
  return items.map(({ create }) => create.status);
}
