// What somebody ignores, with a reason: it counts no more, nothing moves, everybody sees who and why,
// and it comes back by itself when it changes. By the page, the command line and the API.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {leave, press, serve, telephone, text} from './browser.mjs';
import {Pair} from './pair.mjs';

let pair, address, browser;
const open = (how) => browser.open(how);
before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}, personal: ['customer.email']});
  pair.disagree();
  pair.refuse();
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

const terms = (id) => [pair.sql('shop', `SELECT payment_terms FROM customer WHERE id = ${id}`),
                       pair.sql('erp', `SELECT "Payment Terms Code" FROM "CRONUS France$Customer" WHERE "No_" = 'W${id}'`)];
const status = (codes) => JSON.parse(pair.miroir(['status', '--json'], {codes}));
const ofShop = (id, value) => pair.sql('shop', `UPDATE customer SET payment_terms = '${value}' WHERE id = ${id}`);

test('a question is ignored with a reason: it counts no more, and nothing moves', async () => {
  const page = await open();
  await browser.signIn(page);
  assert.match(await text(page, '.banner'), /2 points à vérifier/);
  await page.click('nav >> text=À vérifier');
  await page.locator('li:has-text("Chevalier") >> text=Ignorer …').click();
  assert.match(await text(page, 'main'), /Client 1 · Anne Chevalier/);
  assert.match(await text(page, 'main'), /Tout le reste de la fiche continue d’être transmis/);
  await browser.isFit(page, 'ignore');
  await page.fill('#reason', 'vu avec la comptabilité');
  await page.click('main button');
  await page.waitForSelector('text=Ignoré. Ce point reviendra de lui-même s’il change.');
  assert.doesNotMatch(await text(page, 'main'), /Chevalier/);
  await page.click('text=Ignorés (1)');
  assert.match(await text(page, 'main'), /Chevalier[\s\S]*Ignoré par lea, \d\d:\d\d : vu avec la comptabilité/);
  await browser.isFit(page, 'ignored');
  await page.click('nav >> text=Aujourd’hui');
  assert.match(await text(page, '.banner'), /1 point à vérifier/);
  assert.match(await text(page, '.counters'), /ignorés : 1/);
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  pair.cycle([4]);
  assert.deepEqual(terms(1), ['60J', 'COMPTANT']);
  assert.equal(pair.sql('erp', `SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`), 'Dijon');
  await page.context().close();
}, {timeout: 60000});

test('what is refused is ignored as well: then nothing waits, and the exit code says so', async () => {
  const page = await open();
  await browser.signIn(page);
  await page.click('nav >> text=À vérifier');
  await page.click('text=Ignorer …');
  assert.match(await text(page, 'main'), /La fiche n’est toujours pas transmise à ce côté/);
  await page.fill('#reason', 'pas de magnums chez nous');
  await page.click('main button');
  await page.waitForSelector('text=Ignorés (2)');
  await page.waitForSelector('text=Il n’y a rien à vérifier.');
  const cycle = JSON.parse(pair.cycle([0]));
  assert.deepEqual([cycle.held, cycle.set_aside, cycle.ignored, cycle.outcome], [0, 0, 2, 'done']);
  const now = status([0]);
  assert.deepEqual([now.held, now.set_aside, now.ignored], [[], [], 2]);
  await page.click('nav >> text=Aujourd’hui');
  await page.waitForSelector('text=Tout est à jour');
  await page.context().close();
});

test('it is shown on the record and in the journal, and to readers without the reason', async () => {
  const page = await open({locale: 'en-GB'});
  await browser.signIn(page, 'paul');
  for (const way of ['/check?show=ignored', '/check/1', '/record/1', '/journal', '/journal.csv', '/api/v1/held?ignored=1']) {
    const shown = await page.evaluate((to) => fetch(to).then((answer) => answer.text()), way);
    assert.match(shown, /lea/, way);
    assert.doesNotMatch(shown, /comptabilité|magnums chez nous/, way);
  }
  await page.goto(`${address}/check?show=ignored`);
  assert.equal(await page.locator('button:has-text("Ignore no longer")').count(), 0);
  assert.match(await text(page, 'main'), /Ignored by lea, \d\d:\d\d: \(hidden\)/);
  await page.goto(`${address}/record/1`);
  assert.match(await text(page, 'main'), /Something is ignored/);
  assert.match(await text(page, 'main'), /lea asked: something to be ignored — done/);
  await page.context().close();
  const clerk = await open();
  await browser.signIn(clerk);
  await clerk.goto(`${address}/record/1`);
  assert.match(await text(clerk, 'main'), /Un point est ignoré[\s\S]*vu avec la comptabilité/);
  await browser.isFit(clerk, 'record-ignored');
  await clerk.context().close();
});

test('it comes back by itself when one of its values moves', async () => {
  const page = await open();
  await browser.signIn(page);
  ofShop(1, '30J');
  pair.cycle([4]);
  await page.waitForSelector('text=1 point à vérifier');
  await page.goto(`${address}/record/1`);
  assert.match(await text(page, 'main'), /Ce qui était ignoré a changé : c’est de nouveau à vérifier/);
  await page.context().close();
});

test('by keyboard alone, without a script, and taken up again with one button', async () => {
  const page = await open({java_script: false, expects: ['422']});
  await browser.signIn(page);
  await page.goto(`${address}/check/1`);
  await press(page, 'Ignorer …');
  await page.waitForSelector('#reason');
  for (let i = 0; i < 40 && (await page.locator(':focus').getAttribute('id').catch(() => '')) !== 'reason'; ++i)
    await page.keyboard.press('Tab');
  await page.keyboard.type('   ');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Merci de dire pourquoi.');
  await page.fill('#reason', 'on verra en janvier');
  await page.press('#reason', 'Enter');
  await page.waitForSelector('text=Ignoré.');
  await page.goto(`${address}/check/1`);
  assert.match(await text(page, 'main'), /Ignoré par lea, .* : on verra en janvier/);
  await press(page, 'Ne plus ignorer');
  await page.waitForSelector('text=C’est de nouveau à vérifier.');
  assert.match(await text(page, 'main'), /Chevalier/);
  await page.context().close();
});

test('what has moved while somebody wrote why is not ignored', async () => {
  const page = await open({expects: ['409']});
  await browser.signIn(page);
  await page.goto(`${address}/ignore?id=1`);
  await page.fill('#reason', 'trop tard');
  ofShop(1, '45J');
  pair.cycle([4]);
  await page.waitForSelector('#moved:not([hidden])');
  await page.click('main button');
  await page.waitForSelector('text=L’une des valeurs a changé pendant que vous regardiez.');
  assert.equal(status([4]).held.length, 1);
  await page.context().close();
});

test('all alike are ignored together, on a telephone', async () => {
  for (const id of [2, 3]) {
    ofShop(id, '30J');
    pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = '60J' WHERE "No_" = 'W${id}'`);
  }
  pair.cycle([4]);
  const page = await open({viewport: {...telephone, width: 320}});
  await browser.signIn(page);
  await page.goto(`${address}/check`);
  await browser.isFit(page, 'small-check');
  await page.click('text=Ignorer les 3');
  await browser.isFit(page, 'small-ignore');
  await page.fill('#reason', 'jusqu’à la migration');
  await page.click('button:has-text("Ignorer les 3")');
  await page.waitForSelector('text=Ignorés (4)');
  await page.click('text=Ignorés (4)');
  await browser.isFit(page, 'small-ignored');
  assert.equal(status([0]).ignored, 4);
  await page.context().close();
});

test('the command line shows them, and lets them wait again', async () => {
  assert.match(pair.miroir(['held', 'list']), /Nothing waits for a person\.\nignored +4; miroir held list --ignored/);
  assert.match(pair.miroir(['held', 'list', '--ignored']), /jusqu’à la migration/);
  assert.match(pair.miroir(['status']), /ignored +4/);
  const listed = JSON.parse(pair.miroir(['held', 'list', '--ignored', '--json']));
  assert.equal(listed.held[0].ignored.by, 'lea');
  assert.equal(listed.set_aside[0].ignored.reason, 'pas de magnums chez nous');
  assert.match(pair.miroir(['held', 'show', String(listed.held[0].id)]), /ignored until it changes, by lea/);
  pair.miroir(['held', 'ignore', '77', '--reason', 'x'], {codes: [2]});
  pair.miroir(['held', 'ignore', String(listed.held[0].id)], {codes: [2]});
  assert.match(pair.miroir(['held', 'unignore', 'S1']), /set aside as S1.*it waits again/);
  assert.equal(status([4]).set_aside.length, 1);
  pair.miroir(['held', 'unignore', 'S1'], {codes: [2]});
  pair.miroir(['held', 'ignore', 'S1', '--reason', 'toujours pas', '--by', 'max']);
  pair.miroir(['held', 'unignore', '--all', '--rule', 'hold']);
  assert.equal(status([4]).held.length, 3);
  pair.miroir(['held', 'ignore', '--all', '--rule', 'hold', '--entity', 'customer', '--reason', 'ensemble']);
  const [one] = JSON.parse(pair.miroir(['held', 'list', '--ignored', '--json'])).held;
  // Who answers everything that waits leaves it alone; who answers it by name does not.
  pair.miroir(['held', 'answer', '--all', '--rule', 'hold', '--take', 'shop'], {codes: [2]});
  pair.miroir(['held', 'answer', String(one.id), '--take', 'erp', '--now']);
  assert.equal(status([0]).ignored, 3);
  assert.match(pair.miroir(['trace', 'customer', 'W2']), /ignored until it changes/);
});

test('and so does the API', async () => {
  const token = pair.miroir(['user', 'token', 'lea']).trim();
  const headers = {authorization: `Bearer ${token}`};
  const call = async (method, way, body) => {
    const answer = await fetch(address + way, {method, headers, body: body && JSON.stringify(body)});
    return [answer.status, await answer.json()];
  };
  const [, ignored] = await call('GET', '/api/v1/held?ignored=1');
  const [item] = ignored.held;
  assert.equal((await call('POST', `/api/v1/held/${item.id}/unignore`, {}))[0], 200);
  assert.equal((await call('GET', '/api/v1/held'))[1].held.length, 1);
  assert.equal((await call('POST', `/api/v1/held/${item.id}/ignore`, {}))[0], 422);
  const [code, done] = await call('POST', `/api/v1/held/${item.id}/ignore`, {reason: 'by a program'});
  assert.equal(code, 200);
  assert.deepEqual([done.requests[0].kind, done.requests[0].state, done.requests[0].reason], ['ignore', 'done', 'by a program']);
  assert.equal((await call('POST', '/api/v1/set-aside/S1/unignore', {}))[0], 200);
  assert.equal((await call('POST', '/api/v1/set-aside/S1/ignore', {reason: 'again'}))[0], 200);
  assert.equal((await call('POST', '/api/v1/held/77/ignore', {reason: 'x'}))[0], 422);
});

test('changed and refused again, it comes back by itself', async () => {
  pair.cycle([0]);
  pair.sql('shop', `UPDATE product SET price = '61' WHERE sku = 'MAG-1'`);
  pair.cycle([4]);
  assert.equal(status([4]).set_aside.length, 1);
});
