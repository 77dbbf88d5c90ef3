import { marker } from '@weft/mesh/local';

const loopback = '127.0.0.1,localhost';

/** Meant for whoever started us, and misleading to all those that we start. */
const notInherited =
  /^(npm_.*|MAKE.*|MFLAGS|NODE_TEST_CONTEXT|CONSUL_HTTP_(ADDR|TOKEN|TOKEN_FILE)|DATABASE_URL|WEFT_(HOME|PORT|ADMIN_PORT|INSTANCE))$/;

/** The environment of all processes of the mesh: ours, marked with the mesh's folder. */
export function supervisorEnvironment(
  home: string,
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(environment).filter(([name]) => !notInherited.test(name));
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
