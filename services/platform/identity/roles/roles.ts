/** What users may be, as contracts of methods ask for it; identity.v1.RoleService names them too. */
export const ROLES = ['admin', 'seller', 'customer'] as const;

/** May do everything with every account. */
export const ADMIN = 'admin';
