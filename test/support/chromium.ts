import { execa } from 'execa';
import { findOnPath } from '../../deploy/local/programs/findOnPath.ts';

/** WEFT_CHROMIUM_BIN, else `chromium` on PATH. Undefined: there is none. */
export async function findChromium(): Promise<string | undefined> {
  return process.env.WEFT_CHROMIUM_BIN ?? (await findOnPath('chromium'));
}

/**
 * Opens a page in a Chromium without a window, until `done` is settled.
 *
 * @param profile Folder of its own.
 * @throws what Chromium said when it ends before, and what `done` rejects with.
 */
export async function browse<T>(
  chromium: string,
  url: string,
  profile: string,
  done: Promise<T>,
): Promise<T> {
  const browser = execa(
    chromium,
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...[`--user-data-dir=${profile}`, url],
    ],
    { reject: false, forceKillAfterDelay: 2_000 },
  );
  try {
    const ended = browser.then(({ stderr }) => Promise.reject(new Error(stderr)));
    return await Promise.race([done, ended]);
  } finally {
    browser.kill();
    await browser;
  }
}
