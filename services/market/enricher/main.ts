import { runService } from '@weft/mesh/runtime';
import service from './service.ts';

await runService(service);
