import type { Case, Contender, Measurement, Suite } from '../harness/Suite.ts';
import { type LogRig, type Sender, startRig } from './LogRig.ts';
import { SERVICES } from './lines.ts';
import type { SenderAsk } from './sender.ts';
import { shippedCalls } from './shippedCalls.ts';

const ALONE = 'VictoriaLogs alone';
/** That queries go over. */
const LINES = Number(process.env.WEFT_BENCH_LINES ?? 200_000);
const QUERIES = { trace: 'trace id', word: 'word', service: 'service and minute' } as const;

/** What it costs to have a log kept, and how logging takes and finds lines beside its engine alone. */
export const logs: Suite = {
  name: 'logs',
  async prepare(options, cleanup) {
    options.progress('logs: starting logging, and two VictoriaLogs');
    const rig = await startRig(options, cleanup);
    // Queries have stores of their own, for lines that are sent meanwhile would be searched, too.
    const asked = await startRig(options, cleanup);
    options.progress(`logs: bringing ${LINES.toLocaleString('en')} lines to each`);
    const now = Date.now();
    for (const senders of [asked.weft, asked.alone]) await together(senders, { bring: LINES, now });
    return [
      ...(await shippedCalls(rig, options.signal, cleanup)),
      {
        title: `lines of 350 B of ${SERVICES.length} services, in batches of 1,000, until all are stored`,
        unit: 'lines/s',
        baseline: ALONE,
        contenders: contenders(rig, (senders, seconds) =>
          together(senders, { sendSeconds: seconds }),
        ),
      },
      ...Object.entries(QUERIES).map(
        ([by, what]): Case => ({
          title: `queries by ${what} over ${LINES.toLocaleString('en')} lines, one at a time`,
          unit: 'queries/s',
          baseline: ALONE,
          ratios: ['p50 ms'],
          contenders: contenders(asked, async ([sender], seconds) => {
            if (!sender) throw new Error('nobody asks');
            const order = { by: by as keyof typeof QUERIES, lines: LINES, now };
            return sender.ask({ ...order, askSeconds: seconds });
          }),
        }),
      ),
    ];
  },
};

/** What all of them do in the time of one. */
async function together(senders: readonly Sender[], order: SenderAsk): Promise<Measurement> {
  const parts = await Promise.all(senders.map((sender) => sender.ask(order)));
  return { value: parts.reduce((sum, { value }) => sum + value, 0), errors: 0 };
}

function contenders(
  { weft, alone }: LogRig,
  turn: (senders: readonly Sender[], seconds: number) => Promise<Measurement>,
): readonly Contender[] {
  return [
    { name: ALONE, turn: (seconds) => turn(alone, seconds) },
    { name: 'Weft', turn: (seconds) => turn(weft, seconds) },
  ];
}
