// A customer, or an order with its lines, as both sides have it: what was agreed, what each holds, and
// what becomes of each difference.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {leave, press, serve, telephone, text} from './browser.mjs';
import {Pair} from './pair.mjs';

let pair, address, browser;
before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}, personal: ['customer.payment_terms']});
  pair.disagree();
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

async function visit(way, how = {}, name = 'lea') {
  const page = await browser.open(how);
  await browser.signIn(page, name);
  await page.goto(address + way);
  return page;
}
// By the name of the field: what stands in its line, the first such on the page.
async function line(page, field) {
  const row = page.locator(`.sides tr:has(th:text-is("${field}"))`).first();
  return (await row.locator('td').allTextContents()).map((cell) => cell.replaceAll('\u00a0', ' ').trim());
}

test('a question leads to both sides, and back: what differs is said by a sign and a word', async () => {
  const page = await visit('/check/1');
  await page.click('text=Les deux côtés en regard');
  await page.waitForSelector('#sides');
  const [agreed, shop, erp, state] = await line(page, 'Conditions de paiement');
  assert.equal(agreed, '(vide)');
  assert.match(shop, /^≠ diffère : 60J$/);
  assert.match(erp, /^≠ diffère : COMPTANT$/);
  assert.equal(state, 'en question');
  assert.deepEqual(await line(page, 'Ville'), ['Beaune', 'Beaune', 'Beaune', 'identique']);
  await browser.isFit(page, 'sides');
  await page.click('.sides a:has-text("en question")');
  await page.waitForSelector('text=Votre réponse');
  await page.context().close();
});

test('what is on its way says to where, and arrives by itself', async () => {
  pair.cut('erp');
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  pair.cycle([3]);
  const page = await visit('/record/1');
  assert.deepEqual(await line(page, 'Ville'), ['Dijon', 'Dijon', '≠ diffère : Beaune', 'En route vers Navision']);
  pair.mend('erp');
  pair.cycle([4]);
  await page.waitForSelector('.sides tr:has(th:text-is("Ville")) >> text=identique');
  await page.context().close();
});

test('what a side refuses, and what is ignored', async () => {
  pair.sql('erp', `CREATE TRIGGER no BEFORE UPDATE ON "CRONUS France$Customer" WHEN NEW."City" = 'Nulle part'
    BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed'); END`);
  pair.sql('shop', `UPDATE customer SET city = 'Nulle part' WHERE id = 1`);
  pair.cycle([4]);
  pair.miroir(['held', 'ignore', '1', '--reason', 'fin de mois']);
  const page = await visit('/record/1');
  assert.deepEqual(await line(page, 'Ville'), ['Nulle part', 'Nulle part', '≠ diffère : Dijon', 'refusé par Navision']);
  assert.equal((await line(page, 'Conditions de paiement'))[3], 'ignoré');
  await browser.isFit(page, 'sides-refused');
  await page.context().close();
});

test('an order found by its number has its lines, each with both sides', async () => {
  pair.sql('shop', `UPDATE order_line SET qty = '3', line_total = '127.50' WHERE order_id = 1;
    UPDATE sales_order SET items_total = '127.50', grand_total = '137.50' WHERE id = 1`);
  pair.cut('erp');
  pair.cycle([3]);
  const page = await visit('/search?q=S-1001', {viewport: {...telephone, width: 320}}, 'paul');
  assert.match(await text(page, 'h1'), /Commande 1 · S-1001/);
  assert.equal(await page.locator('.sides').count(), 2, 'the order, and its line');
  const [agreed, shop, erp, state] = await line(page, 'Quantité');
  assert.deepEqual([agreed, shop, state], ['3', '3', 'En route vers Navision']);
  assert.match(erp, /^≠ diffère : 2$/);
  await browser.isFit(page, 'small-sides');
  pair.mend('erp');
  pair.cycle([4]);
  await page.context().close();
});

test('a reader sees that something differs, and not what', async () => {
  const page = await visit('/record/1', {locale: 'en-GB'}, 'paul');
  const [agreed, shop, erp] = await line(page, 'Payment terms');
  assert.deepEqual([agreed, shop, erp], ['(hidden)', '≠ differs: (hidden)', '≠ differs: (hidden)']);
  assert.doesNotMatch(await text(page, 'main'), /60J|COMPTANT/);
  await page.context().close();
});

test('by keyboard alone, without a script', async () => {
  const page = await visit('/check/1', {java_script: false});
  await press(page, 'Les deux côtés en regard');
  await page.waitForURL(/record\/1#sides/);
  assert.match(await text(page, 'main'), /Ville/);
  await page.context().close();
});
