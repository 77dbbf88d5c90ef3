import type { Category } from '@weft/proto/category/v1/category';
import type { CategoryChanged } from '@weft/proto/category/v1/event';
import type { Selectable } from 'kysely';
import { etagOf } from '../../kit/resource/etag.ts';
import { timestampFromDate } from '../../kit/time.ts';
import type { DB } from './database.ts';

type Row = Selectable<DB['category']>;

/** What callers see of a row. */
export function categoryOf(row: Row): Category {
  const { id, name, slug, parent_id, image_uri, position, created_at, version } = row;
  return {
    ...{ categoryId: id, name, slug, parentId: parent_id ?? undefined, imageUri: image_uri },
    ...{ position, createTime: timestampFromDate(created_at), etag: etagOf(id, version) },
  };
}

/** What other services are told of it. */
export function changeOf({ id, version, name, slug, parent_id }: Row): CategoryChanged {
  return { categoryId: id, version, name, slug, parentId: parent_id ?? undefined };
}
