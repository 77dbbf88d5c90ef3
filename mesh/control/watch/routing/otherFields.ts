/**
 * Names of an object's fields that say something and are not among those that are read. Consul leaves out
 * what was not set, or answers it empty.
 */
export function otherFields(value: object, read: readonly string[]): string[] {
  return Object.entries(value)
    .filter(([name, content]) => !read.includes(name) && !isEmpty(content))
    .map(([name]) => name)
    .sort();
}

function isEmpty(value: unknown): boolean {
  if (!value) return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

/** Fields that every entry has, and that say nothing about traffic. */
export const ENTRY_FIELDS = [
  'Kind',
  'Name',
  'Meta',
  'Hash',
  'CreateIndex',
  'ModifyIndex',
  'Partition',
  'Namespace',
];
