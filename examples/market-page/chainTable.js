const greek = (places) =>
  new Intl.NumberFormat('en', { minimumFractionDigits: places, maximumFractionDigits: places });
const count = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1 });

/** What a row shows, from left to right: how it is called, what it is of the expiry, and how it is written. */
const SIDE = {
  openInterest: ['Open', 'Open interest', count],
  volume: ['Volume', 'Contracts traded today', count],
  theta: ['Theta', 'Change of the price in a year', greek(2)],
  delta: ['Delta', 'Change of the price with the underlying', greek(3)],
  bid: ['Bid', 'What buyers offer', undefined],
  ask: ['Ask', 'What sellers ask', undefined],
};
const MIDDLE = {
  volatility: ['IV', 'Implied volatility, of a year', percent],
  gamma: ['Gamma', 'Change of delta with the underlying', greek(5)],
  vega: ['Vega', 'Change of the price with a volatility of 1.00 more', greek(2)],
};
const PUTS = ['bid', 'ask', 'delta', 'theta', 'volume', 'openInterest'];
const COLUMNS = [
  ...Object.keys(SIDE).map((name) => ({ side: 'calls', name, said: SIDE[name] })),
  {
    side: 'strike',
    name: 'strike',
    said: ['Strike', 'Price at which the option is exercised', undefined],
  },
  ...Object.keys(MIDDLE).map((name) => ({ side: 'both', name, said: MIDDLE[name] })),
  ...PUTS.map((name) => ({ side: 'puts', name, said: SIDE[name] })),
];

/** The options of one expiry: calls on the left, puts on the right, and what they have in common between them. */
export class ChainTable {
  #body;
  #price;
  /** By their strikes: the cells of a row, and the figures that they show. */
  #rows = new Map();

  /**
   * @param {HTMLTableRowElement} head Takes the columns' names.
   * @param {HTMLTableSectionElement} body Takes a row for each strike.
   */
  constructor(head, body) {
    this.#body = body;
    head.replaceChildren(
      ...COLUMNS.map(({ said: [text, title] }) => {
        const cell = document.createElement('th');
        cell.scope = 'col';
        cell.textContent = text;
        cell.title = title;
        return cell;
      }),
    );
  }

  /** Of another expiry: nothing in it is a change. @param {Intl.NumberFormat} price How prices are written. */
  clear(price) {
    this.#price = price;
    this.#rows.clear();
    this.#body.replaceChildren();
  }

  /** Shows how an expiry stands, and marks what has changed. */
  show(expiry, spot) {
    const strikes = expiry.strike ?? [];
    if (strikes.length !== this.#rows.size || strikes.some((strike) => !this.#rows.has(strike))) {
      this.#rows = new Map(
        strikes.map((strike) => [strike, this.#rows.get(strike) ?? this.#makeRow(strike)]),
      );
      this.#body.replaceChildren(...[...this.#rows.values()].map(({ row }) => row));
    }
    for (const [index, strike] of strikes.entries()) {
      const { row, cells } = this.#rows.get(strike);
      row.classList.toggle('spot', strike <= spot && !(strikes[index + 1] <= spot));
      for (const each of cells) this.#showCell(each, expiry, index, strike, spot);
    }
  }

  #makeRow(strike) {
    const row = document.createElement('tr');
    const cells = [];
    for (const column of COLUMNS) {
      const isStrike = column.name === 'strike';
      const cell = document.createElement(isStrike ? 'th' : 'td');
      row.append(cell);
      if (isStrike) {
        cell.scope = 'row';
        cell.textContent = this.#price.format(strike);
      } else {
        cells.push({ cell, column, figure: undefined });
      }
    }
    return { row, cells };
  }

  #showCell(shown, expiry, index, strike, spot) {
    const { cell, column, figure: before } = shown;
    const { side, name, said } = column;
    const columns = side === 'both' ? expiry : expiry[side];
    const figure = columns?.[name]?.[index] ?? 0;
    if (side !== 'both')
      cell.classList.toggle('money', side === 'calls' ? strike < spot : strike > spot);
    const isPrice = name === 'bid' || name === 'ask';
    cell.classList.remove('fresh');
    if (figure === before) return;
    shown.figure = figure;
    // Nobody bids.
    cell.textContent =
      name === 'bid' && figure === 0 ? '–' : (said[2] ?? this.#price).format(figure);
    if (!isPrice || before === undefined) return;
    cell.classList.toggle('up', figure > before);
    cell.classList.toggle('down', figure < before);
    // In the next frame, so that an animation that runs begins anew.
    requestAnimationFrame(() => cell.classList.add('fresh'));
  }
}
