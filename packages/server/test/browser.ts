import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Chromium may be; `ROCKPOOL_CHROMIUM` names another place. */
const PLACES = [
  process.env['ROCKPOOL_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium of this machine, if it has one. */
export const chromiumPath: string | undefined = PLACES.find(
  (place) => place !== undefined && existsSync(place),
);

if (chromiumPath === undefined) {
  console.warn(
    'No Chromium was found: the tests of the dashboard in a browser are skipped. Install one, or name it in ROCKPOOL_CHROMIUM.',
  );
}

export function launch(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('there is no Chromium on this machine');
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
}
