const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** The market says something each ten seconds, if only the same again. */
const SILENCE_MS = 25_000;

/**
 * Follows the chain of a product, and goes on from the last one when the connection is lost: an EventSource that connects
 * again by itself would ask for the same once more.
 *
 * @param {string} product Such as "WEFT".
 * @param {(chain: object) => void} onChain Told of each chain that is new.
 * @param {(state: 'waiting' | 'live' | 'lost') => void} onState Told how it stands.
 * @returns {() => void} Ends it.
 */
export function watchChain(product, onChain, onState) {
  let events;
  let timer;
  let revision;
  let pauseMs = FIRST_PAUSE_MS;

  function open() {
    const after = revision ? `?after=${encodeURIComponent(revision)}` : '';
    events = new EventSource(`/v1/products/${encodeURIComponent(product)}/chain:watch${after}`);
    events.addEventListener('message', hear);
    events.addEventListener('error', lose);
    expect();
  }

  function hear({ data }) {
    const told = JSON.parse(data);
    pauseMs = FIRST_PAUSE_MS;
    expect();
    onState(revision || told.chain ? 'live' : 'waiting');
    if (!told.chain || told.revision === revision) return;
    revision = told.revision;
    onChain(told.chain);
  }

  function expect() {
    clearTimeout(timer);
    timer = setTimeout(lose, SILENCE_MS);
  }

  function lose() {
    events.close();
    clearTimeout(timer);
    onState('lost');
    timer = setTimeout(open, pauseMs * (0.5 + Math.random()));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }

  onState('waiting');
  open();
  return () => {
    events.close();
    clearTimeout(timer);
  };
}
