/** What an enrichment works out of the chain of a product, by the columns of services/market/options. */
import { readFile } from 'node:fs/promises';
import { chainGreeks, chainVolatilities } from '../../services/market/options/chain.ts';
import { expectedMove } from '../../services/market/options/expectedMove.ts';
import { maxPain } from '../../services/market/options/maxPain.ts';
import { putCallRatio } from '../../services/market/options/putCallRatio.ts';
import { unusualVolume } from '../../services/market/options/unusualVolume.ts';
import { volatilityAt } from '../../services/market/options/volatilityAt.ts';
import { serveParent } from '../harness/serveParent.ts';
import type { BenchExpiry, BenchProduct } from './chains.ts';

const [file = ''] = process.argv.slice(2);
const products = (JSON.parse(await readFile(file, 'utf8')) as BenchProduct[]).map((product) => ({
  ...product,
  expiries: product.expiries.map(columnsOf),
}));
const UNUSUAL = { factor: 2, least: 100 };

function columnsOf(expiry: BenchExpiry) {
  const columns = Object.entries(expiry).map(([name, values]) => [
    name,
    Array.isArray(values) ? Float64Array.from(values) : values,
  ]);
  return Object.fromEntries(columns) as {
    [name in keyof BenchExpiry]: BenchExpiry[name] extends number ? number : Float64Array;
  };
}

/** Sums of all that is found, which the contenders must agree on. */
function enrich({ expiries, ...terms }: (typeof products)[number], sums: Float64Array): void {
  const volumes = [];
  const open = [];
  for (const expiry of expiries) {
    const of = { ...terms, years: expiry.years };
    const calls = chainVolatilities('call', of, expiry.strikes, expiry.callPrices);
    const puts = chainVolatilities('put', of, expiry.strikes, expiry.putPrices);
    const callGreeks = chainGreeks(of, expiry.strikes, calls.volatility);
    const putGreeks = chainGreeks(of, expiry.strikes, puts.volatility);
    const forward = terms.spot * Math.exp((terms.rate - terms.dividendYield) * expiry.years);
    const logMoneyness = expiry.strikes.map((strike) => Math.log(strike / forward));
    const atTheMoney = volatilityAt(logMoneyness, calls.volatility, 0) ?? 0;
    const openInterest = { calls: expiry.callOpenInterest, puts: expiry.putOpenInterest };
    volumes.push({ calls: expiry.callVolumes, puts: expiry.putVolumes });
    open.push(openInterest);
    add(sums, 0, total(calls.volatility) + total(puts.volatility));
    add(sums, 1, total(callGreeks.call.delta) + total(putGreeks.put.delta));
    add(sums, 2, total(callGreeks.gamma) + total(putGreeks.gamma));
    add(sums, 3, total(callGreeks.vega) + total(putGreeks.vega));
    add(sums, 4, total(callGreeks.call.theta) + total(putGreeks.put.theta));
    add(sums, 5, total(callGreeks.call.rho) + total(putGreeks.put.rho));
    add(sums, 6, maxPain(expiry.strikes, openInterest)?.strike ?? 0);
    add(sums, 7, expectedMove(forward, atTheMoney, expiry.years).size);
    add(sums, 8, unusualVolume(expiry.callVolumes, expiry.callOpenInterest, UNUSUAL).length);
    add(sums, 8, unusualVolume(expiry.putVolumes, expiry.putOpenInterest, UNUSUAL).length);
  }
  add(sums, 9, putCallRatio(...volumes) ?? 0);
  add(sums, 9, putCallRatio(...open) ?? 0);
}

function add(sums: Float64Array, index: number, value: number): void {
  sums[index] = (sums[index] as number) + value;
}

function total(column: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += column[i] as number;
  return sum;
}

serveParent(undefined, async (seconds: number) => {
  const end = performance.now() + seconds * 1_000;
  const before = process.cpuUsage();
  let [chains, sums] = [0, new Float64Array(10)];
  do {
    sums = new Float64Array(10);
    for (const product of products) enrich(product, sums);
    chains += products.length;
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(before);
  return { chains, cpuSeconds: (user + system) / 1e6, sums: Array.from(sums) };
});
