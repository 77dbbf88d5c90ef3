/** What a service's name may be, in words. */
export const NAME_RULE = '1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -';

/** Whether Consul, DNS and a SPIFFE id can all carry this as a service's name. */
export function isServiceName(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}
