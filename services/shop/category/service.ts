import { implement } from '@weft/mesh/runtime';
import { CategoryServiceDefinition } from '@weft/proto/category/v1/category';
import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import type { DB } from './database.ts';

/** Keeps the tree of categories. */
export default defineService({
  database: ownDatabase<DB>(import.meta.dirname),
  async setup(context) {
    const { categoryService } = await import('./categoryService.ts');
    return [implement(CategoryServiceDefinition, categoryService(context))];
  },
});
