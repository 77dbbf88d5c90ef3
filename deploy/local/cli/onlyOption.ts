import { InvalidArgumentError, Option } from 'commander';

/** The option that says which groups and services are meant, "market,order" or "market order". */
export function onlyOption(meaning: string): Option {
  return new Option('--only <names>', `${meaning}, such as market,order (default: all)`).argParser(
    (text) => {
      const names = text.split(/[\s,]+/).filter(Boolean);
      if (names.length > 0) return names;
      throw new InvalidArgumentError('It names groups or services.');
    },
  );
}
