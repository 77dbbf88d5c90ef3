/**
 * Tabs as the ARIA Authoring Practices have them: one of them can be reached by Tab, the others from there by arrows.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */
export class Tabs {
  #list;
  #panel;
  #onChoose;
  #names = [];
  #chosen;

  /**
   * @param {HTMLElement} list Of role tablist.
   * @param {HTMLElement} panel Of role tabpanel: what the chosen one shows.
   * @param {(name: string) => void} onChoose Told when the reader chooses another.
   */
  constructor(list, panel, onChoose) {
    this.#list = list;
    this.#panel = panel;
    this.#onChoose = onChoose;
    list.addEventListener('click', ({ target }) => this.#choose(target.closest('[role=tab]')));
    list.addEventListener('keydown', (event) => this.#move(event));
  }

  get chosen() {
    return this.#chosen;
  }

  /** Shows tabs by these names; the chosen one stays so while it is among them. */
  show(names) {
    if (names.join() === this.#names.join()) return;
    this.#names = names;
    const hadFocus = this.#list.contains(document.activeElement);
    if (!names.includes(this.#chosen)) this.#chosen = names[0];
    this.#list.replaceChildren(...names.map((name) => this.#makeTab(name)));
    this.#mark(hadFocus);
  }

  #makeTab(name) {
    const tab = document.createElement('button');
    tab.type = 'button';
    tab.id = `tab-${name}`;
    tab.textContent = name;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', this.#panel.id);
    return tab;
  }

  #choose(tab) {
    if (!tab || tab.textContent === this.#chosen) return;
    this.#chosen = tab.textContent;
    this.#mark(true);
    this.#onChoose(this.#chosen);
  }

  #mark(takesFocus) {
    for (const tab of this.#list.children) {
      const isChosen = tab.textContent === this.#chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      if (!isChosen) continue;
      this.#panel.setAttribute('aria-labelledby', tab.id);
      if (takesFocus) tab.focus();
    }
  }

  #move(event) {
    const tabs = [...this.#list.children];
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    this.#choose(tabs.at(to % tabs.length));
  }
}
