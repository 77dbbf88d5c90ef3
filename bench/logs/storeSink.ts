import { readFile } from 'node:fs/promises';
import { VictoriaLogs } from '../../services/platform/logging/store/VictoriaLogs.ts';
import { PAGE, type Query, type Sink } from './Sink.ts';

/** VictoriaLogs alone, asked as its guide has it. */
export async function storeSink(url: string, passwordFile: string): Promise<Sink> {
  const store = new VictoriaLogs({ url, password: await readFile(passwordFile, 'utf8') });
  return {
    send: ({ store: lines }) => store.insert(lines),
    settle: () => store.flush(),
    async find(query) {
      const range = `_time:[${new Date(query.from).toISOString()},${new Date(query.to).toISOString()})`;
      const sorted = `${range} ${filterOf(query)} | sort by (_time desc) limit ${PAGE}`;
      return (await store.query(sorted)).lines.length;
    },
  };
}

function filterOf(query: Query): string {
  if ('traceId' in query) return `traceId:=${query.traceId}`;
  if ('word' in query) return `_msg:${query.word}`;
  return `{service="${query.service}"}`;
}
