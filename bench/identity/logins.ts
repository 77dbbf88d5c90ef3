import { connectMesh } from '@weft/mesh/runtime';
import { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import { cpuSecondsWithChildren, processUsage } from '../harness/processUsage.ts';
import type { Case, Measurement, SuiteOptions } from '../harness/Suite.ts';
import { quantile } from '../harness/statistics.ts';
import { Worker } from '../harness/Worker.ts';

const PASSWORD = 'a quiet harbour';
/** More than are hashed at a time, so that there is always one to hash. */
const IN_FLIGHT = 8;

/** How many users one core signs in, beside how many hashes it makes: what else signing in costs. */
export async function logins(options: SuiteOptions, cleanup: AsyncDisposableStack): Promise<Case> {
  const mesh = await options.mesh();
  Object.assign(process.env, mesh.environment);
  // As the operator, who may read what is to be mailed.
  const connection = cleanup.use(await connectMesh({ service: 'cli' }));
  const auth = connection.client(AuthServiceDefinition);
  const { listMails } = connection.client(MailServiceDefinition);
  const emails = Array.from({ length: IN_FLIGHT }, (_, index) => `bench-${index}@example.org`);
  for (const email of emails) {
    await auth.register({ email, password: PASSWORD, displayName: '' });
    const { mails } = await listMails({ email });
    await auth.verifyEmail({ token: mails[0]?.token ?? '' });
  }
  const { worker } = await Worker.start<number, number>(
    new URL('argon2.ts', import.meta.url),
    {},
    cleanup,
  );
  const [identity, postgres] = [await mesh.pid('identity'), await mesh.pid('postgres')];

  const signIn = async (seconds: number): Promise<Measurement> => {
    const latencies: number[] = [];
    let errors = 0;
    const cpu = processUsage(identity).cpuSeconds;
    const databaseCpu = cpuSecondsWithChildren(postgres);
    const begun = performance.now();
    const lane = async (email: string) => {
      while (performance.now() < begun + seconds * 1_000) {
        const sent = performance.now();
        await auth.login({ email, password: PASSWORD, code: '' }).catch(() => errors++);
        latencies.push(performance.now() - sent);
      }
    };
    await Promise.all(emails.map(lane));
    const count = latencies.length - errors;
    return {
      value: count / (processUsage(identity).cpuSeconds - cpu),
      errors,
      extra: {
        'logins/s': (count * 1_000) / (performance.now() - begun),
        'p50 ms': quantile(latencies, 0.5),
        'p99 ms': quantile(latencies, 0.99),
        'PostgreSQL CPU ms': ((cpuSecondsWithChildren(postgres) - databaseCpu) * 1_000) / count,
      },
    };
  };
  const hash = async (seconds: number): Promise<Measurement> => {
    const cpu = processUsage(worker.pid).cpuSeconds;
    const hashes = await worker.ask(seconds);
    return { value: hashes / (processUsage(worker.pid).cpuSeconds - cpu), errors: 0 };
  };
  return {
    title: 'users signed in by a password, for each second of CPU of the service',
    unit: 'logins/CPU s',
    baseline: 'argon2id alone',
    contenders: [
      { name: 'identity', turn: signIn },
      { name: 'argon2id alone', turn: hash },
    ],
  };
}
