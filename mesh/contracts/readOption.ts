import {
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  getOption,
  hasOption,
  type Registry,
} from '@bufbuild/protobuf';

/**
 * An option of a descriptor, as a dynamic message: the image brings its descriptor along.
 *
 * @param name Full name of the extension, such as "weft.policy.v1.method".
 * @returns undefined where it is not set, or is not in the image.
 */
export function readOption<T>(
  described: DescField | DescMessage | DescMethod | DescService,
  registry: Registry,
  name: string,
): T | undefined {
  const extension = registry.getExtension(name);
  // The extension's descriptor is only known at run time, so its type cannot say what it extends.
  const target = described as never;
  if (!extension || !hasOption(target, extension as never)) return undefined;
  return getOption(target, extension as never) as T;
}
