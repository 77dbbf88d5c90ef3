import { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { Command } from 'commander';
import { joinMesh } from './joinMesh.ts';
import { runCommand } from './runCommand.ts';
import { startDemo } from './startDemo.ts';

new Command('demo')
  .description('Start the generated feed DEMO, 5 ticks a second. Harmless when it runs already.')
  .parse();

await runCommand('demo', async (signal) => {
  await using mesh = await joinMesh('demo', signal);
  const trading = mesh.client(TradingServiceDefinition);
  const feed = await startDemo({ trading, signal });
  process.stdout.write(`DEMO: feed ${feed?.feedId} runs\n`);
});
