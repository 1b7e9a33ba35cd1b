// Cycles over time: a chart that needs neither colour nor a mouse, keeps itself up to date, and fits
// a small telephone.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {leave, press, serve, telephone, text, waitFor} from './browser.mjs';
import {Pair} from './pair.mjs';

let pair, address, browser;
before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}});
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

const ago = (minutes) => new Date(Date.now() - minutes * 60000).toISOString().replace('Z', '000Z');
const bars = (page) => page.locator('svg.volume g').count();
const tall = (page, kind) => page.locator(`svg.volume .${kind}`).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
async function cyclesPage(how, query = '', name = 'paul') {
  const page = await browser.open(how);
  await browser.signIn(page, name);
  await page.goto(`${address}/cycles${query}`);
  return page;
}

test('a bar for each pass stands for what it wrote to each side, and arrives by itself', async () => {
  const page = await cyclesPage();
  const known = await bars(page);
  assert.ok(known >= 1);
  for (const id of [1, 2, 3]) pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = ${id}`);
  pair.cycle();
  await waitFor(async () => (await bars(page)) === known + 1);
  const first = await tall(page, 'first'), second = await tall(page, 'second');
  assert.equal(first.at(-1), 0, 'nothing was written to the shop');
  assert.ok(second.at(-1) > 10, `three records to Navision are ${second.at(-1)} tall`);
  assert.match(await text(page, '.legend'), /▲ vers la boutique : \d+[\s\S]*▼ vers Navision : \d+/);
  assert.match(await text(page, 'svg.volume desc'), /passages, de .* à .*Fiches transmises vers la boutique : \d+, vers Navision : \d+/);
  assert.match(await text(page, 'svg.volume g:last-of-type title'), /\d\d:\d\d · réussi · .* s · vers la boutique : 0 · vers Navision : 3/);
  await browser.isFit(page, 'cycles-chart');
  await page.context().close();
});

test('a pass that was cut is seen without colour, and said in words', async () => {
  const page = await cyclesPage({locale: 'en-GB'});
  assert.match(await text(page, '.legend'), /no pass failed/);
  assert.equal(await page.locator('svg.volume rect.failed').count(), 0);
  pair.cut('erp');
  pair.cycle([3]);
  pair.mend('erp');
  await page.waitForSelector('.legend >> text=passes that failed, were stopped or cut: 1');
  for (const chart of ['volume', 'duration']) {
    const mark = page.locator(`svg.${chart} rect.failed`);
    assert.equal(await mark.count(), 1);
    assert.match(await mark.getAttribute('fill'), /url\(#hatched\)/);
  }
  assert.match(await text(page, 'svg.volume g:last-of-type title'), /line down/);
  await page.click('#chart-table summary');
  assert.match(await text(page, '#chart-table tbody tr:first-child'), /line down/);
  await browser.isFit(page, 'cycles-cut');
  await page.context().close();
});

test('a day and a week, by keyboard, without a script; a telephone shows them', async () => {
  const last = Number(pair.state('SELECT max(number) FROM cycle'));
  pair.state(`UPDATE cycle SET started = '${ago(60 * 30)}' WHERE number < ${last}`);
  const page = await cyclesPage({viewport: {...telephone, width: 320}, java_script: false});
  await press(page, '24 heures');
  await page.waitForURL(/span=day/);
  assert.equal(await bars(page), 1, 'only the last one is not older than a day');
  assert.match(await text(page, 'main'), /Une barre par quart d’heure\./);
  assert.equal(await page.getAttribute('.filter a[aria-current]', 'href'), '/cycles?span=day');
  await press(page, '7 jours');
  await page.waitForURL(/span=week/);
  assert.ok(await bars(page) === 2, 'those of yesterday are one bar');
  await page.context().close();
  const small = await cyclesPage({viewport: {...telephone, width: 320}}, '?span=week');
  await browser.isFit(small, 'small-cycles');
  const box = await small.locator('svg.volume').boundingBox();
  assert.ok(box.width > 200 && box.width <= 320 && box.height > 100, JSON.stringify(box));
  await small.context().close();
});

test('where there was no pass, it says so', async () => {
  const page = await cyclesPage({}, '?span=day');
  pair.state(`UPDATE cycle SET started = '${ago(60 * 40)}'`);
  await page.waitForSelector('text=Aucun passage pendant cette période.');
  assert.equal(await page.locator('svg.chart').count(), 0);
  await browser.isFit(page, 'cycles-none');
  pair.state(`UPDATE cycle SET outcome = ''`);
  await page.waitForSelector('text=Pas encore de passage.');
  await page.context().close();
});
