// Sends market data to the mesh's service `analytics`: each line of its input is a symbol, a price and, if the trade was not
// just now, its time in milliseconds since 1970. What fails is said on standard error, and the next line is sent.

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { register, XdsChannelCredentials } from '@grpc/grpc-js-xds';
import { loadSync } from '@grpc/proto-loader';

const TIMEOUT_MS = 5_000;

register();
const contract = loadSync(fileURLToPath(new URL('market.proto', import.meta.url)));
const { market } = loadPackageDefinition(contract);
// The mesh says whom to trust; where it does not, nobody is.
const client = new market.MarketDataService(
  process.env.ANALYTICS ?? 'xds:///analytics',
  new XdsChannelCredentials(credentials.createSsl()),
);

/** @returns what analytics has answered. */
function send(data) {
  const metadata = new Metadata();
  metadata.set('x-symbol', data.assetSymbol);
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + TIMEOUT_MS };
    client.sendMarketData(data, metadata, options, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const [assetSymbol, price, timestamp = Date.now()] = line.trim().split(/\s+/);
  if (!assetSymbol) continue;
  try {
    const { success } = await send({ assetSymbol, price: Number(price), timestamp });
    process.stdout.write(`${line}: ${success ? 'taken' : 'not taken'}\n`);
  } catch (error) {
    process.stderr.write(`${line}: ${error.message}\n`);
  }
}
client.close();
