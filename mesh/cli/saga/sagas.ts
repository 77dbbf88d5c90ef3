import type { ConsulClient } from '@weft/mesh/consul';
import { type Saga, SagaServiceDefinition, SagaState } from '@weft/proto/weft/sagas/v1/sagas';
import { OperatedServices } from '../operate/OperatedServices.ts';
import { escapeLine } from '../output/escapeControls.ts';
import { table } from '../output/table.ts';
import { timeOf } from '../output/timeOf.ts';

const { fullName, methods } = SagaServiceDefinition;
const PAGE_SIZE = 1_000;
const STATES = new Map<SagaState, string>(
  Object.entries(SagaState).map(([name, value]) => [
    value,
    name.toLowerCase().replaceAll('_', ' '),
  ]),
);

/** The sagas of one service, or of all. */
export async function listSagas(
  consul: ConsulClient,
  service: string | undefined,
  { name = '', failing = false, ended = false },
): Promise<string> {
  return OperatedServices.use(consul, fullName, async (services) => {
    const rows: string[][] = [];
    for (const each of await services.chosen(service)) {
      let pageToken = '';
      do {
        const request = { pageSize: PAGE_SIZE, pageToken, name, failing, ended };
        const page = await services.call(each, methods.listSagas, request);
        rows.push(...page.sagas.map((saga) => [each, ...rowOf(saga)]));
        pageToken = page.nextPageToken;
      } while (pageToken);
    }
    if (rows.length === 0) return 'There are no such sagas.\n';
    return table(['SERVICE', 'ID', 'SAGA', 'STATE', 'BEGUN', 'TROUBLE'], rows);
  });
}

export async function showSaga(consul: ConsulClient, service: string, id: string): Promise<string> {
  return OperatedServices.use(consul, fullName, async (services) => {
    const { saga, steps } = await services.call(service, methods.getSaga, { id });
    const done = steps.map(({ name, failure, startTime, endTime }) => [
      ...[name, timeOf(startTime), timeOf(endTime), failure],
    ]);
    return describe(saga) + (done.length > 0 ? table(['STEP', 'FROM', 'TO', 'FAILURE'], done) : '');
  });
}

export async function retrySaga(
  consul: ConsulClient,
  service: string,
  id: string,
): Promise<string> {
  return OperatedServices.use(consul, fullName, async (services) =>
    describe((await services.call(service, methods.retrySaga, { id })).saga),
  );
}

export async function cancelSaga(
  consul: ConsulClient,
  service: string,
  id: string,
): Promise<string> {
  return OperatedServices.use(consul, fullName, async (services) =>
    describe((await services.call(service, methods.cancelSaga, { id })).saga),
  );
}

function rowOf(saga: Saga): string[] {
  const { id, name, key, startTime } = saga;
  return [id, key ? `${name} ${key}` : name, stateOf(saga), timeOf(startTime), troubleOf(saga)];
}

function stateOf({ state, cancelTime, endTime }: Saga): string {
  const text = STATES.get(state) ?? 'unknown';
  return cancelTime && !endTime ? `${text}, cancelled` : text;
}

function troubleOf({ failingStep, attempts, cause }: Saga): string {
  return failingStep ? `${failingStep}, ${attempts} times: ${cause}` : cause;
}

function describe(saga: Saga | undefined): string {
  if (!saga) return '';
  const lines = [
    `${saga.name} ${saga.id}: ${stateOf(saga)}`,
    ...[saga.key && `about      ${saga.key}`, saga.actor && `for        ${saga.actor}`],
    `begun      ${timeOf(saga.startTime)}`,
    saga.endTime && `ended      ${timeOf(saga.endTime)}`,
    saga.irreversibleStep && `forward    since ${saga.irreversibleStep}`,
    troubleOf(saga) && `trouble    ${troubleOf(saga)}`,
  ];
  return lines
    .filter((line) => !!line)
    .map((line) => `${escapeLine(String(line))}\n`)
    .join('');
}
