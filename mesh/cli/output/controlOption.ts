import { Option } from 'commander';
import { listOption } from './options.ts';

/** `--control`: where this host's control planes answer. */
export function controlOption(): Option {
  return new Option(
    '--control <urls>',
    "admin ports of this host's control planes (default: WEFT_CONTROL_ADMIN, else http://127.0.0.1:18001)",
  ).argParser(listOption);
}

/** Their URLs, from what the option says or else the environment. */
export function controlUrls(option: readonly string[] | undefined): string[] {
  const addresses = option ?? listOption(process.env.WEFT_CONTROL_ADMIN || '127.0.0.1:18001');
  return addresses.map((address) => (/^https?:/.test(address) ? address : `http://${address}`));
}
