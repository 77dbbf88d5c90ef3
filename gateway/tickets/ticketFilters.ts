import { readFileSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { bucketOfAddress } from '../bucketOfAddress.ts';
import { limits } from '../limits.ts';
import { toLua } from '../lua.ts';
import { ticketsOnly } from '../skipWhen.ts';
import { type Config, typedConfig } from '../typedConfig.ts';

const script = readFileSync(new URL('./ticket.lua', import.meta.url), 'utf8');

/** Beyond that the caller is told that tickets cannot be taken. */
const TIMEOUT_MS = 2_000;

/**
 * For callers that cannot send a header, such as a browser's EventSource: puts an access token in the place of the ticket in
 * their query. See ticket.lua. Others pass it over.
 */
export const ticketFilters: readonly Config[] = [
  bucketOfAddress('weft.tickets_of_address', {
    atOnce: limits.ticketsAtOnce,
    perSecond: limits.ticketsPerSecond,
  }),
  typedConfig(edgeNames.ticketFilter, 'envoy.extensions.filters.http.lua.v3.Lua', {
    default_source_code: { inline_string: ticketScript() },
  }),
].map(ticketsOnly);

function ticketScript(): string {
  const { service, path } = edgeNames.redeemTicket;
  return [
    `local CLUSTER, METHOD = ${toLua(service)}, ${toLua(path)}`,
    `local TIMEOUT_MS = ${TIMEOUT_MS}`,
    script,
  ].join('\n');
}
