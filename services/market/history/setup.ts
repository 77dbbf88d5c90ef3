import { implement, type Served } from '@weft/mesh/runtime';
import { HistoryServiceDefinition } from '@weft/proto/market/v1/history';
import type { KitContext } from '../../kit/defineService.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { exportFaces } from './export/exportFaces.ts';
import { historyService } from './historyService.ts';
import { keepTended } from './store/keepTended.ts';

/** Tends the tables, and tells what is in them. */
export function setup(context: KitContext<Config, DB>): Served[] {
  keepTended(context);
  const { reads } = context;
  return [implement(HistoryServiceDefinition, historyService(reads)), ...exportFaces(reads)];
}
