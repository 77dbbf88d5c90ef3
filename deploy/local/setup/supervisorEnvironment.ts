import { marker } from '@weft/mesh/local';

const loopback = '127.0.0.1,localhost';

/**
 * What a program needs of the machine and of the user whose it is. Whatever else its starter has, keys of clouds and the
 * settings of other tools among it, is not for daemons that outlive the shell: NODE_OPTIONS of a debugger would open a port
 * in each of them.
 */
const allowed =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/;

/** The environment of all processes of the mesh, to which each adds its own. It is marked with the mesh's folder. */
export function supervisorEnvironment(
  home: string,
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(environment).filter(([name]) => allowed.test(name));
  const noProxy = environment.NO_PROXY ?? environment.no_proxy;
  const exceptions = noProxy ? `${noProxy},${loopback}` : loopback;
  return {
    ...Object.fromEntries(inherited),
    [marker]: home,
    // gRPC and others take a proxy from the environment, also for addresses on this machine.
    NO_PROXY: exceptions,
    no_proxy: exceptions,
  };
}
