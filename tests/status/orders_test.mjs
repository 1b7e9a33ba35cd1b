// Where is my order: when it came, and under which number it is where. And what is asked about many
// records at once: whether they are to be deleted.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {leave, serve, telephone, text, waitFor} from './browser.mjs';
import {Pair} from './pair.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const customers = '"CRONUS France$Customer"';
let folder, pair, browser, address;

before(async () => {
  // As it comes, but somebody is asked about customers that are deleted.
  folder = mkdtempSync(path.join(tmpdir(), 'miroir-mapping.'));
  const match = '"match": [["email"], ["vat_number"]],';
  const mapping = readFileSync(path.join(root, 'schema/mappings/shop-navision/shop-navision.json'), 'utf8');
  assert.ok(mapping.includes(match));
  writeFileSync(path.join(folder, 'mapping.json'), mapping.replace(match, `${match} "deletion": "hold",`));
  pair = new Pair({}, {mapping: path.join(folder, 'mapping.json')});
  for (const name of ['Un', 'Deux', 'Trois'])
    pair.sql('shop', `INSERT INTO customer (email, last_name, country) VALUES ('${name}@exemple.fr', '${name}', 'FR')`);
  pair.cycle();
  [address, browser] = await serve(pair);
});
after(async () => {
  rmSync(folder, {recursive: true});
  await leave(pair, browser);
});

const people = (query) => `${address}/search?q=${encodeURIComponent(query)}`;

test('an order’s story says when it came in, from where, and under which number it arrived', async () => {
  pair.sql('shop', `INSERT INTO sales_order (order_no, customer_id, state, currency, placed_at, items_total, shipping_total, grand_total)
    VALUES ('S-2002', 2, 'placed', 'EUR', '2026-01-08T09:00:00Z', '0', '10', '10')`);
  pair.cycle();
  const number = pair.sql('erp', `SELECT "No_" FROM "CRONUS France$Sales Header" WHERE "External Document No_" = 'S-2002'`);
  assert.notEqual(number, '');
  const page = await browser.open();
  await browser.signIn(page, 'paul');
  await page.goto(people('S-2002'));
  const events = page.locator('.events > li');
  assert.equal(await events.count(), 2);
  const said = (await events.allInnerTexts()).map((one) => one.replaceAll('\u00a0', ' '));
  assert.match(said[0], new RegExp(`^\\d\\d:\\d\\d\\s+Arrivée dans l’ERP sous le numéro ${number}`));
  assert.match(said[1], /^\d\d:\d\d\s+Reçue \(créée dans la boutique\)/);
  await browser.isFit(page, 'arrival');
  await page.context().close();

  // Somebody at the ERP gives the customer another number.
  pair.sql('erp', `UPDATE ${customers} SET "No_" = 'C900' WHERE "No_" = 'W3'`);
  pair.cycle();
  const small = await browser.open({locale: 'en-GB', viewport: telephone});
  await browser.signIn(small);
  await small.goto(people('C900'));
  assert.match(await text(small, '.events'), /Was given another number at the ERP: C900/);
  await browser.isFit(small, 'telephone-arrival');
  await small.context().close();
  assert.match(pair.miroir(['trace', 'customer', 'C900']), /renumbered at erp as C900/);
});

test('beside each side’s value stands when it came in, as far as that is known', async () => {
  pair.disagree();
  const page = await browser.open();
  await browser.signIn(page);
  await page.goto(`${address}/check`);
  await page.click('text=Voir et répondre');
  const cells = await page.locator('td.differs').allInnerTexts();
  assert.equal(cells.length, 2);
  assert.match(cells[0], /^60J\s+reçu à \d\d:\d\d$/);
  assert.match(cells[1], /^COMPTANT\s+reçu à \d\d:\d\d$/);
  assert.match(await text(page, '#question'), /« reçu » : l’heure du passage qui l’a apporté\. Aucun côté ne note qui l’a fait\./);
  await browser.isFit(page, 'question-times');
  await page.click('label:has-text("Prendre la valeur de la boutique")');
  await page.click('text=Voir ce qui va changer');
  await page.click('button:has-text("Enregistrer la réponse")');
  pair.cycle();
  await page.context().close();
});

test('deletions in question stand together, and are answered together after their effect is shown', async () => {
  pair.sql('erp', `DELETE FROM ${customers} WHERE "E-Mail" IN ('Un@exemple.fr', 'Deux@exemple.fr', 'Trois@exemple.fr')`);
  pair.cycle([4]);
  for (const [how, words] of [
    [{}, {what: 'La fiche a été supprimée dans l’ERP, et existe encore dans la boutique.', all: 'Répondre aux 3 ensemble',
          where: /La boutique : la fiche existe[\s\S]*L’ERP : la fiche n’y est plus/}],
    [{locale: 'en-GB', viewport: telephone},
     {what: 'It was deleted at the ERP, and is still there at the shop.', all: 'Answer these 3 together',
      where: /The shop: the record is there[\s\S]*The ERP: the record is there no more/}],
  ]) {
    const page = await browser.open(how);
    await browser.signIn(page);
    await page.goto(`${address}/check`);
    assert.equal(await page.locator('.cause').count(), 1);
    assert.equal(await text(page, '.cause'), words.what);
    await page.click('a.button:has-text("3")');
    assert.equal(await text(page, 'h1'), words.what);
    assert.equal(await page.locator('section.card').count(), 3);
    assert.match(await text(page, 'main'), words.where);
    await browser.isFit(page, how.locale ? 'telephone-deletions' : 'deletions');
    await page.context().close();
  }

  const page = await browser.open({expects: ['409']});
  await browser.signIn(page);
  await page.goto(`${address}/check`);
  await page.click('text=Répondre aux 3 ensemble');
  await page.click('label:has-text("Supprimer la fiche des deux côtés")');
  // Somebody was faster: nothing is saved.
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE last_name = 'Un'`);
  pair.cycle([4]);
  await page.click('text=Voir ce qui va changer');
  await page.waitForSelector('text=L’une des valeurs a changé pendant que vous regardiez.');
  await page.goto(`${address}/check`);
  await page.click('text=Répondre aux 3 ensemble');
  await page.click('label:has-text("Supprimer la fiche des deux côtés")');
  await page.click('text=Voir ce qui va changer');
  assert.match(await text(page, 'main'), /La boutique : la fiche est supprimée[\s\S]*L’ERP : la fiche n’y est déjà plus/);
  await browser.isFit(page, 'deletions-effect');
  await page.click('button:has-text("Enregistrer la réponse")');
  await page.waitForSelector('text=Enregistré. Le prochain passage l’appliquera.');
  assert.equal(pair.sql('shop', `SELECT count(*) FROM customer WHERE last_name IN ('Un', 'Deux', 'Trois')`), '3');
  // What moves before the pass is refused by itself; the others go.
  pair.sql('shop', `UPDATE customer SET city = 'Autun' WHERE last_name = 'Deux'`);
  pair.cycle([4]);
  assert.equal(pair.sql('shop', `SELECT group_concat(last_name) FROM customer WHERE last_name IN ('Un', 'Deux', 'Trois')`), 'Deux');
  await page.goto(`${address}/check`);
  await waitFor(async () => (await page.locator('.items > li').count()) === 1);
  await page.context().close();
});
