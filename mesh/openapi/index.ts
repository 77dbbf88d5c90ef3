export { loadDocumented } from './loadDocumented.ts';
export {
  groupOf,
  type OpenApiDocument,
  type OpenApiOptions,
  openApiDocument,
} from './openApiDocument.ts';
