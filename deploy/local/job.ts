/** `job.ts NAME ARGS...`: runs a service's job, told where this clone's mesh is. All arguments are its own. */
import { join } from 'node:path';
import { defaultHome } from '@weft/mesh/local';
import { execa } from 'execa';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { findMesh } from './startMesh.ts';

const [job = '', ...args] = process.argv.slice(2);

await runCommand(async () => {
  const mesh = await findMesh(await locateHome(defaultHome()));
  if (!mesh) throw new Error('The mesh does not run (make up starts it).');
  const service = mesh.plan.services.find(({ jobs }) => Object.hasOwn(jobs, job));
  if (!service) {
    const jobs = mesh.plan.services.flatMap((each) => Object.keys(each.jobs));
    throw new Error(
      `No service that runs has a job ${job}; there are: ${jobs.join(', ') || 'none'}`,
    );
  }
  const script = join(service.folder, service.jobs[job]?.script as string);
  const { exitCode } = await execa(process.execPath, [script, ...args], {
    env: mesh.environmentOf(job),
    stdio: 'inherit',
    reject: false,
  });
  process.exitCode = exitCode ?? 1;
});
