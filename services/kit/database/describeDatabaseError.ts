/** Says in a line what keeps a client from its database. Never names the password. */
export function describeDatabaseError(error: unknown, url: string): string {
  const { host, database, user } = readUrl(url);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `no PostgreSQL server answers at ${host}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `host ${host} is not known`;
    case '28P01':
    case '28000':
      return `PostgreSQL at ${host} refuses user "${user}": role or password is wrong`;
    case '3D000':
      return `PostgreSQL at ${host} has no database "${database}"`;
    case '53300':
      return `PostgreSQL at ${host} has no free connection (max_connections)`;
    case '57P03':
      return `PostgreSQL at ${host} is starting or stopping`;
    default:
      return `${host}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function readUrl(url: string): { host: string; database: string; user: string } {
  if (!URL.canParse(url)) return { host: 'DATABASE_URL', database: '', user: '' };
  const { host, pathname, username, searchParams } = new URL(url);
  return {
    host: host || (searchParams.get('host') ?? 'localhost'),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
  };
}
