import { defaultHome } from '@weft/mesh/local';
import { Option } from 'commander';

/** The option that says which mesh is meant. */
export function homeOption(): Option {
  return new Option('--home <folder>', 'state folder of the mesh')
    .env('WEFT_HOME')
    .default(defaultHome({}));
}
