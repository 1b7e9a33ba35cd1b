// The figures of the first page, each with how old it is: what waits, what is to be checked, what was
// sent today, and what a comparison of both sides found.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {leave, serve, telephone, text} from './browser.mjs';
import {Pair} from './pair.mjs';

let pair, address, browser;
before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}});
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

async function home(how, name = 'paul') {
  const page = await browser.open(how);
  await browser.signIn(page, name);
  return page;
}
const counter = (page, name) => text(page, `.counters li:has-text("${name}")`);
const metric = async (page, name) =>
  (await page.evaluate(() => fetch('/metrics').then((answer) => answer.text()))).match(new RegExp(`^miroir_${name} (\\d+)$`, 'm'))?.[1];

test('what was sent today, and to which side', async () => {
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id IN (1, 2)`);
  pair.cycle();
  const page = await home();
  assert.match(await counter(page, 'Transmises aujourd’hui'), /\d+\s*vers Navision : \d+/);
  await page.context().close();
});

test('what waits and what is to be checked say since when', async () => {
  const page = await home();
  pair.disagree();
  const ago = new Date(Date.now() - 3 * 3600000).toISOString();
  pair.state(`UPDATE cycle SET started = '${ago}' WHERE number = (SELECT opened FROM held)`);
  await page.waitForSelector('.counters >> text=la plus ancienne il y a 3 h');
  assert.match(await counter(page, 'À vérifier'), /1\s*la plus ancienne il y a 3 h/);
  pair.cut('erp');
  pair.sql('shop', `UPDATE customer SET city = 'Metz' WHERE id = 2`);
  pair.cycle([3]);
  const last = Number(pair.state('SELECT max(number) FROM cycle'));
  pair.state(`UPDATE cycle SET started = '${new Date(Date.now() - 5 * 60000).toISOString()}' WHERE number = ${last}`);
  await page.waitForSelector('.counters >> text=la plus ancienne il y a 5 min');
  assert.match(await counter(page, 'En attente d’envoi'), /1\s*vers Navision : 1 · la plus ancienne il y a 5 min/);
  pair.mend('erp');
  pair.cycle([4]);
  await page.context().close();
});

test('what a comparison found arrives by itself, with when it was made', async () => {
  const page = await home();
  assert.match(await counter(page, 'Écarts trouvés'), /–\s*jamais contrôlé/);
  assert.equal(await metric(page, 'differences'), undefined);
  pair.miroir(['verify'], {codes: [4]});
  await page.waitForSelector('.counters >> text=au dernier contrôle, à l’instant');
  assert.match(await counter(page, 'Écarts trouvés'), /0\s*au dernier contrôle/);
  // What no journal tells.
  pair.sql('shop', `UPDATE customer SET city = 'Vosne' WHERE id = 3`);
  pair.sql('shop', `DELETE FROM miroir_journal WHERE entity = 'customer'`);
  pair.miroir(['verify', '--entity', 'customer'], {codes: [4]});
  assert.equal(JSON.parse(pair.miroir(['status', '--json'], {codes: [4]})).verified.drifted, 0, 'a part of it is no comparison of all');
  pair.miroir(['verify', '--sample', '50'], {codes: [4]});
  await page.waitForSelector('.counters >> text=par sondage de 50 par type');
  assert.match(await counter(page, 'Écarts trouvés'), /1\s*au dernier contrôle/);
  const {verified} = JSON.parse(pair.miroir(['status', '--json'], {codes: [4]}));
  assert.deepEqual([verified.drifted, verified.missing, verified.sample], [1, 0, 50]);
  assert.match(pair.miroir(['status'], {codes: [4]}), /verified +\d{4}-.*: 1 drifted, 0 missing/);
  assert.equal(await metric(page, 'differences'), '1');
  await browser.isFit(page, 'counters');
  await page.context().close();
});

test('only who can do something about differences is led there; a telephone shows them all', async () => {
  const reader = await home({viewport: {...telephone, width: 320}});
  assert.equal(await reader.locator('.counters a:has-text("Écarts trouvés")').count(), 0);
  assert.equal(await reader.locator('.counters li').count(), 4);
  await browser.isFit(reader, 'small-counters');
  await reader.context().close();
  const page = await home({}, 'alma');
  await page.click('.counters a:has-text("Écarts trouvés")');
  await page.waitForSelector('h1:has-text("Administration")');
  await page.context().close();
});
