/** What the service fails calls for, as a caller's program may tell by `ErrorInfo.reason`. */
export const CategoryReason = {
  /** Another category has the slug. */
  SLUG_TAKEN: 'SLUG_TAKEN',
  /** The parent that is named does not exist. */
  PARENT_NOT_FOUND: 'PARENT_NOT_FOUND',
  /** The parent that is named is the category itself, or lies below it. */
  CATEGORY_CYCLE: 'CATEGORY_CYCLE',
  /** The tree would have more levels than it may. */
  CATEGORY_TOO_DEEP: 'CATEGORY_TOO_DEEP',
  /** There are as many as there may be. */
  TOO_MANY_CATEGORIES: 'TOO_MANY_CATEGORIES',
  /** Others lie below it. */
  CATEGORY_HAS_CHILDREN: 'CATEGORY_HAS_CHILDREN',
} as const;
