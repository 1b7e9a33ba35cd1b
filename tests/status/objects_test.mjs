// What is to be checked has one line for each thing that people know: an order, not each of its lines.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {leave, serve, telephone, text} from './browser.mjs';
import {Pair} from './pair.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
let folder, pair, browser, address;

before(async () => {
  // As it comes, but somebody is asked about quantities.
  folder = mkdtempSync(path.join(tmpdir(), 'miroir-mapping.'));
  const mapping = readFileSync(path.join(root, 'schema/mappings/shop-navision/shop-navision.json'), 'utf8')
    .replace('"qty": {"type": "decimal",', '"qty": {"type": "decimal", "policy": "hold",');
  writeFileSync(path.join(folder, 'mapping.json'), mapping);
  pair = new Pair({}, {mapping: path.join(folder, 'mapping.json')});
  pair.sql('shop', `INSERT INTO order_line (order_id, line_no, kind, product_id, description, qty, unit_price, discount_pct, line_total)
    VALUES (1, 2, 'item', 2, 'Beaune Grèves 2018', '1', '31.90', '0', '31.90')`);
  pair.cycle();
  pair.sql('shop', `UPDATE order_line SET qty = '7'`);
  pair.sql('erp', `UPDATE "CRONUS France$Sales Line" SET "Quantity" = '9'`);
  pair.cycle([4]);
  [address, browser] = await serve(pair);
});
after(async () => {
  rmSync(folder, {recursive: true});
  await leave(pair, browser);
});

test('an order of which two lines are in question is one line', async () => {
  const page = await browser.open();
  await browser.signIn(page);
  for (const way of ['/', '/check']) {
    await page.goto(address + way);
    assert.equal(await page.locator('.items > li').count(), 1, way);
    const line = await text(page, '.items > li');
    assert.match(line, /^\s*Commande 1 · S-1001[\s\S]*Ligne de commande 1 [\s\S]*Ligne de commande 2 /, way);
    assert.equal(await page.locator('.items > li strong').count(), 1, way);
    const answers = await page.locator('.items > li a:has-text("Voir et répondre")').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    assert.equal(new Set(answers).size, 2, `${way}: ${answers}`);
    assert.match(line, /est calculé à partir d’un point qui attend une réponse/, 'totals stand where they come from');
  }
  assert.match(await text(page, '.cause + p'), /2 avec la même cause/);
  await browser.isFit(page, 'objects');
  await page.context().close();
  const small = await browser.open({viewport: telephone});
  await browser.signIn(small);
  await small.goto(`${address}/check`);
  await browser.isFit(small, 'telephone-objects');
  await small.context().close();
});
