// The page as people use it: Debian's Chromium without a window, driven through the real program on
// two real databases. MIROIR_SCREENSHOTS=FOLDER keeps pictures of what was seen.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {at, leave, lostServer, press, serve, telephone, text, waitFor} from './browser.mjs';
import {Pair, passwords} from './pair.mjs';

let pair, address, browser;
const open = (how) => browser.open(how);
const signIn = (page, name) => browser.signIn(page, name);
const isFit = (page, name) => browser.isFit(page, name);

before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}}, {brakes: {deletions: {count: 0, share: 0}}});
  pair.disagree();
  pair.refuse();
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

test('signing in, in French; the banner says what is to be checked', async () => {
  const page = await open({expects: ['401']});
  await page.goto(`${address}/`);
  assert.equal(await page.title(), 'Connexion · miroir');
  await isFit(page, 'sign-in');
  await page.fill('#name', 'lea');
  await page.fill('#password', 'not the right one');
  await page.click('text=Se connecter');
  await page.waitForSelector('text=Le nom ou le mot de passe n’est pas le bon.');
  await signIn(page);
  assert.match(await text(page, '.banner'), /2 points à vérifier/);
  assert.match(await text(page, '.banner'), /Dernier passage à \d\d:\d\d/);
  assert.match(await text(page, '#live'), /Les deux côtés ont modifié « conditions de paiement », différemment\./);
  await isFit(page, 'home-fr');
  await page.context().close();
}, {timeout: 60000});

test('the same in English, and the other way round', async () => {
  const page = await open({locale: 'en-GB'});
  await signIn(page, 'paul');
  assert.match(await text(page, '.banner'), /2 things to check/);
  assert.equal(await page.locator('#synchronise').count(), 0, 'a reader starts nothing');
  await isFit(page, 'home-en');
  await page.click('nav >> text=Passes');
  await page.click('text=Français');
  await page.waitForSelector('h1:has-text("Passages")');
  assert.equal(await page.getAttribute('html', 'lang'), 'fr');
  await page.context().close();
});

test('a question is answered, its effect shown first, and arrives in both databases', async () => {
  const page = await open();
  await signIn(page);
  await page.click('nav >> text=À vérifier');
  await isFit(page, 'check');
  await page.click('text=Voir et répondre');
  assert.match(await text(page, 'h1'), /Client 1 · Anne Chevalier/);
  assert.match(await text(page, 'table'), /60J[\s\S]*COMPTANT/);
  await isFit(page, 'question');
  await page.click('label:has-text("Prendre la valeur de Navision")');
  await page.fill('#note', 'vu par téléphone');
  await page.click('text=Voir ce qui va changer');
  assert.match(await text(page, 'main'), /La boutique, conditions de paiement : « 60J » devient « COMPTANT »/);
  assert.equal(pair.sql('shop', 'SELECT payment_terms FROM customer WHERE id = 1'), '60J');
  await isFit(page, 'preview');
  await page.click('text=Enregistrer et synchroniser maintenant');
  await page.waitForSelector('text=Enregistré. Le prochain passage l’appliquera.');
  await waitFor(() => pair.sql('shop', 'SELECT payment_terms FROM customer WHERE id = 1') === 'COMPTANT');
  assert.equal(pair.sql('erp', `SELECT "Payment Terms Code" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`), 'COMPTANT');
  await page.click('nav >> text=Journal');
  assert.match(await text(page, 'table'), /lea : fait|lea: fait/);
  await isFit(page, 'journal');
  await page.context().close();
});

test('what was refused is tried again', async () => {
  const page = await open();
  await signIn(page);
  await page.click('nav >> text=À vérifier');
  assert.match(await text(page, 'main'), /Navision refuse une valeur par une règle qui lui est propre\./);
  assert.doesNotMatch(await page.innerText('main'), /CHECK constraint/, 'technical words only where they are asked for');
  pair.allow();
  await page.click('button:has-text("Réessayer")');
  await page.waitForSelector('text=Noté. Le prochain passage réessaiera.');
  await page.click('nav >> text=Aujourd’hui');
  await page.click('text=Synchroniser maintenant');
  // Nobody reloads: the page does.
  await page.waitForSelector('text=Tout est à jour');
  await isFit(page, 'up-to-date');
  assert.equal(pair.sql('erp', `SELECT count(*) FROM "CRONUS France$Item" WHERE "No_" = 'MAG-1'`), '1');
  await page.context().close();
});

test('where is my order? by number, by name and by e-mail, with its story', async () => {
  const page = await open();
  await signIn(page, 'paul');
  await page.click('text=Où est ma commande ?');
  await isFit(page, 'search');
  for (const [query, wanted] of [['S-1001', /Commande 1 · S-1001/], ['benoit@EXEMPLE.fr', /Client 2 · Benoît Lefèvre/], ['lefevre', /Benoît Lefèvre/]]) {
    await page.goto(`${address}/search?q=${encodeURIComponent(query)}`);
    assert.match(await text(page, 'h1'), wanted);
  }
  // Who asks by his address asks for his orders.
  await page.goto(`${address}/search?q=anne@exemple.fr`);
  assert.match(await text(page, '#children'), /Commande 1 · S-1001/);
  await page.click('#children >> text=S-1001');
  assert.match(await text(page, 'h1'), /Commande 1 · S-1001/);
  assert.match(await text(page, '#parents'), /Client 1 · Anne Chevalier/);
  await page.goto(`${address}/search?q=exemple.fr`);
  assert.match(await text(page, 'li:has-text("Anne Chevalier")'), /Client 1 · Anne Chevalier[\s\S]*Commande 1 · S-1001/);
  await isFit(page, 'found');
  await page.goto(`${address}/search?q=S-1001`);
  assert.match(await text(page, 'main'), /Des deux côtés, identique/);
  await isFit(page, 'record');
  await page.goto(`${address}/search?q=nowhere-to-be-found`);
  assert.match(await text(page, 'main'), /Rien n’a été trouvé/);
  await page.goto(`${address}/cycles`);
  await isFit(page, 'cycles');
  await page.context().close();
});

test('an answer to values that have moved is refused', async () => {
  pair.disagree('60J', '30J');
  const page = await open({expects: ['409']});
  await signIn(page);
  await page.click('text=Voir et répondre');
  pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = '45J' WHERE "No_" = 'W1'`);
  pair.cycle([4]);
  await page.click('label:has-text("Prendre la valeur de la boutique")');
  await page.click('text=Voir ce qui va changer');
  await page.waitForSelector('text=L’une des valeurs a changé pendant que vous regardiez.');
  assert.match(await text(page, 'table'), /45J/);
  await page.context().close();
});

test('by keyboard alone, without a script', async () => {
  const page = await open({java_script: false});
  await page.goto(`${address}/`);
  await page.waitForSelector('#name:focus');
  await page.keyboard.type('lea');
  await page.keyboard.press('Tab');
  await page.keyboard.type(passwords.lea);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.banner');
  await press(page, 'Voir et répondre');
  await page.waitForSelector('fieldset');
  for (let i = 0; i < 30 && !(await at(page)).startsWith('answer'); ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Ce qui va changer');
  await press(page, 'Enregistrer la réponse');
  await page.waitForSelector('text=Enregistré. Le prochain passage l’appliquera.');
  pair.cycle();
  assert.equal(pair.sql('erp', `SELECT "Payment Terms Code" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`), '45J');
  await page.context().close();
});

test('on a telephone', async () => {
  pair.disagree('60J', '30J');
  const page = await open({viewport: telephone});
  await signIn(page);
  await isFit(page, 'telephone-home');
  await page.click('text=Voir et répondre');
  await isFit(page, 'telephone-question');
  await page.goto(`${address}/journal`);
  await isFit(page, 'telephone-journal');
  await page.goto(`${address}/cycles`);
  await isFit(page, 'telephone-cycles');
  await page.goto(`${address}/search?q=S-1001`);
  await isFit(page, 'telephone-record');
  await page.context().close();
});

test('what a rule has decided can be set back', async () => {
  pair.sql('shop', `UPDATE customer SET phone = '0102030405' WHERE id = 2`);
  pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Phone No_" = '0908070605' WHERE "No_" = 'W2'`);
  pair.cycle([4]);
  const page = await open();
  await signIn(page);
  await page.click('nav >> text=Journal');
  assert.match(await text(page, 'table'), /La boutique l’emporte/);
  await page.locator('a:has-text("Rétablir")').first().click();
  assert.match(await text(page, 'main'), /« 0102030405 » devient « 0908070605 »/);
  await isFit(page, 'undo');
  await page.click('main button >> nth=0');
  await page.waitForSelector('text=Noté. Le prochain passage s’en charge.');
  pair.cycle([4]);
  assert.equal(pair.sql('shop', 'SELECT phone FROM customer WHERE id = 2'), '0908070605');
  await page.context().close();
});

test('many with the same cause are answered together', async () => {
  for (const id of [1, 2, 3]) {
    pair.sql('shop', `UPDATE customer SET payment_terms = '30J' WHERE id = ${id}`);
    pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = '60J' WHERE "No_" = 'W${id}'`);
  }
  pair.cycle([4]);
  const page = await open();
  await signIn(page);
  await page.click('nav >> text=À vérifier');
  await page.click('text=Répondre aux 3 ensemble');
  await isFit(page, 'group');
  await page.click('label:has-text("Prendre les valeurs de la boutique")');
  await page.click('text=Voir ce qui va changer');
  assert.equal(await page.locator('strong:has-text("« 60J » devient « 30J »")').count(), 3);
  await page.click('text=Enregistrer la réponse');
  pair.cycle();
  assert.equal(pair.sql('erp', `SELECT count(*) FROM "CRONUS France$Customer" WHERE "Payment Terms Code" = '30J'`), '3');
  await page.context().close();
});

test('cycles have stopped: the page turns red by itself', async () => {
  const page = await open();
  await signIn(page);
  assert.equal(await page.locator('.banner.trouble').count(), 0);
  pair.state(`UPDATE cycle SET started = '2026-01-01T08:00:00Z'`);
  await page.waitForSelector('.banner.trouble');
  assert.match(await text(page, '.banner'), /Plus rien n’est synchronisé depuis le 01\/01\/2026/);
  await isFit(page, 'late');
  pair.cycle([0, 4]);
  await page.waitForSelector('.banner:not(.trouble)');
  await page.context().close();
});

test('a brake is released by an administrator, and by nobody else', async () => {
  pair.sql('shop', 'DELETE FROM customer WHERE id = 3');
  pair.cycle([5]);
  const clerk = await open();
  await signIn(clerk);
  assert.match(await text(clerk, '.banner'), /miroir a arrêté une partie et attend une confirmation/);
  assert.equal(await clerk.locator('text=Confirmer : c’est voulu').count(), 0);
  await clerk.context().close();
  const page = await open();
  await signIn(page, 'alma');
  await isFit(page, 'brake');
  assert.equal(pair.sql('erp', `SELECT count(*) FROM "CRONUS France$Customer" WHERE "No_" = 'W3'`), '1');
  await page.click('text=Confirmer : c’est voulu');
  await page.waitForSelector('.banner:not(.trouble)');
  await waitFor(() => pair.sql('erp', `SELECT count(*) FROM "CRONUS France$Customer" WHERE "No_" = 'W3'`) === '0');
  await page.context().close();
});

test('the line is down: the banner says since when, and that both sides work on', async () => {
  const page = await open();
  await signIn(page);
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  pair.cut('erp');
  pair.cycle([3]);
  await page.waitForSelector('text=La liaison avec Navision est coupée depuis');
  assert.match(await text(page, '.banner'), /1 fiche attend d’être transmise/);
  await isFit(page, 'away');
  const order = await open();
  await signIn(order);
  await order.goto(`${address}/search?q=anne@exemple.fr`);
  assert.match(await text(order, 'main'), /En route vers Navision/);
  await order.context().close();
  pair.mend('erp');
  pair.cycle();
  await page.waitForSelector('text=Tout est à jour');
  await page.context().close();
});

test('the server is lost, and comes back', async () => {
  const page = await open({expects: lostServer});
  await signIn(page);
  await pair.stop('SIGKILL');
  await page.waitForSelector('#lost:not([hidden])');
  assert.match(await text(page, '#lost'), /Plus de liaison avec miroir depuis \d\d:\d\d/);
  await isFit(page, 'lost');
  await pair.serve(new URL(address).host);
  await page.waitForSelector('#lost', {state: 'hidden', timeout: 20000});
  pair.disagree('60J', '45J');
  await page.waitForSelector('text=1 point à vérifier');
  await page.context().close();
});
