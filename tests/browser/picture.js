/* The first screen of a page as a picture: node picture.js MODULES CHROMIUM PAGE PICTURE */
'use strict';
const path = require('path');
const [modules, executablePath, from, to] = process.argv.slice(2);
const { chromium } = require(path.join(modules, 'playwright-core'));

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1100, height: 860 } });
  await page.goto(`file://${path.resolve(from)}`);
  await page.screenshot({ path: to });
  await browser.close();
})();
