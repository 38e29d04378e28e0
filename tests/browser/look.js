/*
 * Opens pages in a real Chromium, in every combination of colours, width and script, and prints for each check a line
 * "ok NAME" or "not ok NAME: what was seen". Writes a PDF of each page and pictures of its first screen.
 *
 *   node look.js MODULES CHROMIUM DIR NAME...     pages are DIR/NAME.html; pictures and PDFs go there as well.
 *                                                 print:NAME is only printed; fleet:NAME is a page of many instances,
 *                                                 which has no script, no command and no filter
 */
'use strict';
const fs = require('fs');
const path = require('path');
const [modules, executablePath, dir, ...names] = process.argv.slice(2);
const { chromium } = require(path.join(modules, 'playwright-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core', 'axe.min.js'), 'utf8');

const colours = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'light', forcedColors: 'active' },
};
const heights = { 320: 640, 768: 1024, 1280: 900 };

function page_file(name) {
  return path.join(dir, `${name}.html`);
}

/* The page as it is where scripts are off: axe is one itself, so the browser cannot have them off. */
function scriptless(name) {
  const file = path.join(dir, `${name}-scriptless.html`);
  fs.writeFileSync(file, fs.readFileSync(page_file(name), 'utf8').replace(/<script>[^]*<\/script>/, ''));
  return file;
}

function check(name, problems) {
  console.log(problems.length === 0 ? `ok ${name}` : `not ok ${name}: ${problems.slice(0, 5).join(' | ')}`);
}

/* Whatever the page says or asks for beside itself. */
function listen(page) {
  const heard = [];
  page.on('console', (m) => heard.push(`console: ${m.text()}`));
  page.on('pageerror', (e) => heard.push(`error: ${e.message}`));
  page.on('request', (r) => { if (!r.url().startsWith('file://') || !r.isNavigationRequest()) heard.push(`request: ${r.url()}`); });
  return heard;
}

/* Runs in the page: the barriers that axe finds, folded lists open. */
async function barriers(page) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations.map((v) => `${v.id}: ${v.nodes.length} times, ${v.nodes[0].html.slice(0, 120)} ` +
    `${v.nodes[0].failureSummary.replace(/\s+/g, ' ').slice(0, 160)}`);
}

/* A table of evidence scrolls by itself; the page does not. */
function overflow(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide <= 0) return [];
    const who = Array.from(document.querySelectorAll('body *')).filter((e) => e.getBoundingClientRect().right >
      window.innerWidth + 1 && !e.closest('.list'));
    return [`${wide} px too wide: ${who.slice(0, 2).map((e) => e.outerHTML.slice(0, 100)).join(' ; ')}`];
  });
}

/* The answer, in the first screen: verdict, instance, step, what was not checked, and what to run. */
function firstScreen(page) {
  return page.evaluate(() => ['.word', '.lead', '.counts', '.path', '.pair .open', '.glance'].filter((s) => {
    const e = document.querySelector(s);
    return e === null || e.getBoundingClientRect().top >= window.innerHeight;
  }));
}

function missingWithoutScript(page) {
  return page.evaluate(() => {
    const problems = [];
    if (document.querySelector('.copy') !== null) problems.push('there is a copy button');
    if (document.getElementById('filter').offsetParent !== null) problems.push('there is a filter');
    return problems;
  });
}

/* Every link of the page leads somewhere; every id is there once. */
function brokenLinks(page) {
  return page.evaluate(() => {
    const ids = Array.from(document.querySelectorAll('[id]')).map((e) => e.id);
    const known = new Set(ids);
    const links = Array.from(document.querySelectorAll('a[href^="#"], use')).map((e) => e.getAttribute('href').slice(1));
    return ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `twice: ${id}`)
      .concat(links.filter((l) => !known.has(l)).map((l) => `leads nowhere: ${l}`));
  });
}

async function filterWorks(page) {
  const problems = [];
  const visible = () => page.evaluate(() => document.querySelectorAll('.card:not([hidden])').length);
  const before = await visible();
  if (before === 0) return problems;
  await page.fill('#words', 'no finding has these words');
  if (await visible() !== 0) problems.push('text hides nothing');
  if (!/^0 of [0-9]+ findings shown$/.test(await page.textContent('#shown'))) problems.push(await page.textContent('#shown'));
  await page.fill('#words', '');
  if (await visible() !== before) problems.push('an empty field does not show all');
  await page.uncheck('#filter input[type=checkbox] >> nth=0');
  if (await visible() >= before) problems.push('a box hides nothing');
  await page.check('#filter input[type=checkbox] >> nth=0');
  if (await visible() !== before) problems.push('a box does not show again');
  return problems;
}

async function copyWorks(page) {
  const button = page.locator('.copy').first();
  if (await button.count() === 0) return ['there is no button'];
  const wanted = await button.evaluate((b) => Array.from(b.parentNode.querySelectorAll('.command'))
    .map((c) => c.textContent.replace(/\n$/, '')).join('\n'));
  await button.click();
  await page.waitForFunction((b) => b.textContent === 'Copied', await button.elementHandle(), { timeout: 5000 });
  const got = await page.evaluate(() => navigator.clipboard.readText());
  return got === wanted ? [] : [`copied: ${got}`];
}

async function look(browser, kind, name, colour, width, script) {
  const label = `${name}, ${colour}, ${width} px, ${script ? 'with' : 'without'} script`;
  const context = await browser.newContext({ ...colours[colour], viewport: { width, height: heights[width] },
    permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const heard = listen(page);

  page.setDefaultTimeout(60000);
  await page.goto(`file://${script ? page_file(name) : scriptless(name)}`);
  if (script) await page.screenshot({ path: path.join(dir, `${name}-${colour}-${width}.png`) });
  if (kind === 'report' && width === 1280) check(`${label}: the first screen has the answer`, await firstScreen(page));
  if (kind === 'report' && !script) check(`${label}: neither button nor filter`, await missingWithoutScript(page));
  if (script && colour === 'light') {
    check(`${label}: links lead to one place each`, await brokenLinks(page));
  }
  if (kind === 'report' && script && colour === 'light') {
    check(`${label}: the filter works`, await filterWorks(page));
    check(`${label}: a command is copied`, await copyWorks(page));
  }
  check(`${label}: it does not scroll sideways`, await overflow(page));
  check(`${label}: no barrier`, await barriers(page));
  check(`${label}: nothing is fetched or reported`, heard);
  await context.close();
}

async function print(browser, name) {
  const page = await browser.newPage();
  await page.goto(`file://${page_file(name)}`);
  await page.pdf({ path: path.join(dir, `${name}.pdf`), preferCSSPageSize: true });
  await page.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-quic',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  for (const asked of names) {
    const [kind, name] = asked.includes(':') ? asked.split(':') : ['report', asked];
    if (kind !== 'print') for (const colour of Object.keys(colours))
      for (const width of [320, 768, 1280])
        for (const script of kind === 'report' ? [true, false] : [true]) await look(browser, kind, name, colour, width, script);
    await print(browser, name);
  }
  await browser.close();
})().catch((e) => { console.log(`not ok look.js: ${e.message.split('\n')[0]}`); process.exitCode = 1; });
