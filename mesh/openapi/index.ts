export { commentOf } from './commentOf.ts';
export { loadDocumented } from './loadDocumented.ts';
export {
  groupOf,
  groupsOf,
  type OpenApiDocument,
  type OpenApiOptions,
  openApiDocument,
} from './openApiDocument.ts';
