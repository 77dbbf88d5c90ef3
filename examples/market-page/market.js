import { ChainTable } from './chainTable.js';
import { Tabs } from './tabs.js';
import { watchChain } from './watchChain.js';

const STATES = { waiting: 'Waiting for the market', live: 'Live', lost: 'Connecting again' };
const RETRY_MS = 1_000;

const find = (id) => document.getElementById(id);
const table = new ChainTable(find('columns'), find('strikes'));
const tabs = new Tabs(find('expiries'), find('panel'), () => {
  clear();
  show();
});

let products = [];
/** Of the product that is shown. */
let price = new Intl.NumberFormat('en');
let clock = new Intl.DateTimeFormat('en');
let chain;
let opening;
let stop = () => {};
/** Nothing of the expiry has been shown. */
let isNew = true;

function clear() {
  table.clear(price);
  isNew = true;
}

/** Follows another product. */
function follow(symbol) {
  stop();
  const {
    displayName,
    currencyCode,
    tickSize = 0.01,
    tradingHours,
  } = products.find((each) => each.symbol === symbol);
  const places = Math.max(0, Math.ceil(-Math.log10(tickSize) - 1e-9));
  price = new Intl.NumberFormat('en', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  const { timeZone } = tradingHours ?? {};
  clock = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', timeZone });
  find('name').textContent = `${displayName} (${symbol}, ${currencyCode})`;
  chain = undefined;
  opening = undefined;
  clear();
  tabs.show([]);
  stop = watchChain(symbol, take, (state) => {
    const said = find('state');
    if (said.dataset.state === state) return;
    said.dataset.state = state;
    said.textContent = STATES[state];
  });
}

function take(told) {
  const before = chain?.underlyingPrice;
  chain = told;
  opening ??= told.underlyingPrice;
  const shown = find('price');
  shown.textContent = price.format(told.underlyingPrice);
  shown.classList.toggle('up', told.underlyingPrice > before);
  shown.classList.toggle('down', told.underlyingPrice < before);
  const change = told.underlyingPrice - opening;
  const sign = change < 0 ? '−' : '+';
  const share = ((100 * Math.abs(change)) / opening).toFixed(2);
  find('change').textContent = `${sign}${price.format(Math.abs(change))} (${sign}${share} %)`;
  const time = find('time');
  time.dateTime = told.marketTime;
  time.textContent = clock.format(new Date(told.marketTime));
  const known = tabs.chosen;
  tabs.show((told.expiries ?? []).map(({ expiry }) => expiry));
  // It has expired.
  if (known !== tabs.chosen) clear();
  show();
}

function show() {
  const expiry = chain?.expiries?.find((each) => each.expiry === tabs.chosen);
  if (!expiry) return;
  const kind = expiry.kind === 'EXPIRY_KIND_MONTHLY' ? 'monthly' : 'weekly';
  const days = Math.max(0, expiry.years * 365).toFixed(1);
  find('caption').textContent =
    `Options that expire on ${expiry.expiry} (${kind}), in ${days} days`;
  find('forward').textContent = price.format(expiry.forwardPrice);
  table.show(expiry, chain.underlyingPrice);
  // Which chain is on the screen.
  find('chain').dataset.sequence = chain.sequence;
  if (isNew) showSpot();
}

/** Puts the strikes about the underlying's price in the middle. */
function showSpot() {
  const cell = document.querySelector('.spot th');
  if (!cell) return;
  isNew = false;
  const panel = find('panel');
  panel.scrollTop = cell.parentElement.offsetTop - panel.clientHeight / 2;
  panel.scrollLeft = cell.offsetLeft + (cell.offsetWidth - panel.clientWidth) / 2;
}

async function readProducts() {
  const response = await fetch('/v1/products?pageSize=1000');
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()).products;
}

const choice = find('product');
choice.addEventListener('change', () => {
  const { value } = choice;
  history.replaceState(null, '', `?product=${encodeURIComponent(value)}`);
  follow(value);
});

for (;;) {
  try {
    products = await readProducts();
    break;
  } catch {
    // The market is not up yet.
    find('state').textContent = STATES.waiting;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
choice.replaceChildren(...products.map(({ symbol }) => new Option(symbol, symbol)));
choice.disabled = false;
const asked = new URLSearchParams(location.search).get('product');
choice.value = products.some(({ symbol }) => symbol === asked) ? asked : products.at(-1).symbol;
follow(choice.value);
