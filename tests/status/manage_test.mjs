// What administrators do without a shell: bring both sides together, pause, link and part; each shown
// before it is done, and by nobody else.
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';

import {leave, lostServer, serve, telephone, text, waitFor} from './browser.mjs';
import {Pair} from './pair.mjs';

let pair, address, browser;
const open = (how) => browser.open(how);
const signIn = (page, name) => browser.signIn(page, name);
const isFit = (page, name) => browser.isFit(page, name);

before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}});
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

// What no journal tells: written, and the note of it thrown away.
function unseen(site, sql) {
  pair.sql(site, sql);
  pair.sql(site, `DELETE FROM miroir_journal WHERE entity = 'customer'`);
}
const shopCity = (id) => pair.sql('shop', `SELECT city FROM customer WHERE id = ${id}`);
const erpCity = (id) => pair.sql('erp', `SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W${id}'`);
const verified = () => JSON.parse(pair.miroir(['verify', '--json'], {codes: [0, 4]}));
const pending = () => JSON.parse(pair.miroir(['status', '--json'], {codes: [0, 4]})).pending_requests;

// A browser that is closed on its way to another page may never be done with it.
async function dismiss(page, button = '#dismiss') {
  await page.click(button);
  await page.waitForSelector('#resync');
}

async function asAdministrator(how) {
  const page = await open(how);
  await signIn(page, 'alma');
  await page.click('nav >> text=Administration');
  return page;
}

test('one record: what would change is shown, record by record, and then it is done', async () => {
  unseen('shop', `UPDATE customer SET city = 'Metz' WHERE id = 1`);
  const page = await asAdministrator();
  await isFit(page, 'manage');
  await page.selectOption('#resync-entity', 'customer');
  await page.fill('#resync-key', '1');
  await page.fill('#resync-reason', 'import du matin');
  await page.click('#resync button');
  await page.waitForSelector('#confirm');
  const shown = await text(page, 'main');
  assert.match(shown, /Réalignement : Client 1/);
  assert.match(shown, /1 fiche diffère\./);
  assert.match(shown, /Client 1 · Anne Chevalier/);
  assert.match(shown, /Modifiée dans la boutique sans que cela ait été vu/);
  assert.match(await text(page, 'table'), /Ville[\s\S]*Beaune[\s\S]*Metz[\s\S]*Beaune/);
  assert.match(shown, /Navision : modification : Client W1[\s\S]*Ville : « Beaune » devient « Metz »/);
  await isFit(page, 'task-shown');
  assert.equal(erpCity(1), 'Beaune', 'nothing is written before it is confirmed');
  assert.equal(pending(), 0, 'and nothing is asked');
  await page.click('#confirm');
  await page.waitForSelector('text=C’est fait.');
  assert.match(await text(page, 'main'), /Écrites dans Navision : 1/);
  await isFit(page, 'task-done');
  assert.equal(erpCity(1), 'Metz');
  assert.equal(verified().drifted, 0);
  await dismiss(page);
  assert.match(await text(page, '#asked'), /alma : un réalignement — fait · import du matin/);
  await page.context().close();
}, {timeout: 60000});

test('a whole entity, with one side declared right, in English and on a telephone', async () => {
  unseen('shop', `UPDATE customer SET city = 'Lille' WHERE id IN (1, 2)`);
  const page = await open({locale: 'en-GB', viewport: telephone});
  await signIn(page, 'alma');
  await page.click('nav >> text=Administration');
  await isFit(page, 'telephone-manage');
  await page.selectOption('#resync-entity', 'customer');
  await page.check('#from-erp');
  await page.click('#resync button');
  await page.waitForSelector('#confirm');
  const shown = await text(page, 'main');
  assert.match(shown, /2 records differ\./);
  assert.match(shown, /Overwritten at the shop: 2/);
  assert.match(shown, /The shop: changed: Customer 1[\s\S]*City: “Lille” becomes “Metz”/);
  await isFit(page, 'telephone-task');
  await page.click('#confirm');
  await page.waitForSelector('text=Done.');
  assert.equal(shopCity(1), 'Metz');
  assert.equal(shopCity(2), 'Lyon');
  await dismiss(page);
  await page.context().close();
});

test('what moves between the showing and the confirming is not overwritten', async () => {
  unseen('shop', `UPDATE customer SET city = 'Nice' WHERE id = 2`);
  const page = await asAdministrator();
  await page.selectOption('#resync-entity', 'customer');
  await page.fill('#resync-key', '2');
  await page.check('#from-erp');
  await page.click('#resync button');
  await page.waitForSelector('#confirm');
  unseen('shop', `UPDATE customer SET city = 'Brest' WHERE id = 2`);
  await page.click('#confirm');
  await page.waitForSelector('text=Ce n’est plus ce qui vous a été montré.');
  await isFit(page, 'task-moved');
  assert.equal(shopCity(2), 'Brest');
  assert.equal(pending(), 0);
  await dismiss(page);
  await page.selectOption('#resync-entity', 'customer');
  await page.click('#resync button');
  await page.waitForSelector('#confirm');
  await page.click('#confirm');
  await page.waitForSelector('text=C’est fait.');
  assert.equal(erpCity(2), 'Brest');
  await dismiss(page);
  await page.context().close();
});

test('where nothing differs, nothing can be confirmed', async () => {
  const page = await asAdministrator();
  await page.click('#resync button');
  await page.waitForSelector('text=Aucun écart');
  assert.equal(await page.locator('#confirm').count(), 0);
  await dismiss(page, '#discard');
  await page.selectOption('#resync-entity', 'customer');
  await page.fill('#resync-key', '-4711');
  await page.click('#resync button');
  await page.waitForSelector('text=Ce n’était pas possible');
  await dismiss(page, '#discard');
  await page.context().close();
});

test('a side is paused, with what that means shown first, and resumed', async () => {
  const page = await asAdministrator();
  await page.selectOption('#pause-what', 'entity:customer');
  await page.fill('#pause-reason', 'inventaire');
  await page.click('#pause button');
  assert.match(await text(page, 'main'), /Client : rien n’est lu ni écrit[\s\S]*Commande/);
  assert.equal(JSON.parse(pair.miroir(['status', '--json'])).paused.length, 0);
  await isFit(page, 'pause');
  await page.click('main button');
  await page.waitForSelector('text=En pause à partir du prochain passage.');
  const [paused] = JSON.parse(pair.miroir(['status', '--json'])).paused;
  assert.deepEqual([paused.entity, paused.reason, paused.by], ['customer', 'inventaire', 'alma']);
  pair.sql('shop', `UPDATE customer SET phone = '0300' WHERE id = 1`);
  pair.cycle();
  const phone = () => pair.sql('erp', `SELECT "Phone No_" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`);
  assert.notEqual(phone(), '0300');
  // Everybody sees it, wherever he is.
  const reader = await open();
  await signIn(reader, 'paul');
  await reader.goto(`${address}/journal`);
  assert.match(await text(reader, '#strip'), /Client : en pause depuis .* par alma \(inventaire\)/);
  await reader.context().close();
  await page.click('button:has-text("Reprendre")');
  await page.waitForSelector('text=Repris.');
  pair.cycle();
  assert.equal(phone(), '0300');
  await page.context().close();
});

test('two records are linked, and parted again, each shown first', async () => {
  // The ERP refuses the one, which therefore stays the shop's alone; its twin is entered there by hand.
  const customers = '"CRONUS France$Customer"';
  pair.sql('erp', `CREATE TRIGGER no_web BEFORE INSERT ON ${customers} WHEN NEW."No_" LIKE 'W%'
    BEGIN SELECT RAISE(ABORT, 'no web customers'); END`);
  pair.sql('shop', `INSERT INTO customer (last_name, city, email) VALUES ('Zelie', 'Tours', 'zelie@exemple.fr')`);
  const id = pair.sql('shop', `SELECT id FROM customer WHERE last_name = 'Zelie'`);
  pair.cycle([4]);
  pair.sql('shop', `CREATE TRIGGER no_erp BEFORE INSERT ON customer WHEN NEW.last_name LIKE '%Zelia%'
    BEGIN SELECT RAISE(ABORT, 'no ERP customers'); END`);
  pair.sql('erp', `INSERT INTO ${customers} ("No_", "Name", "City") VALUES ('K7', 'Zelia', 'Tours')`);
  pair.cycle([4]);
  const page = await asAdministrator();
  await page.selectOption('#link-entity', 'customer');
  await page.fill('#link-first', id);
  await page.fill('#link-second', 'K8');
  await page.click('#link button');
  await page.waitForSelector('text=Ce n’était pas possible');
  await dismiss(page, '#discard');
  await page.selectOption('#link-entity', 'customer');
  await page.fill('#link-first', id);
  await page.fill('#link-second', 'K7');
  await page.click('#link button');
  await page.waitForSelector('#confirm');
  assert.match(await text(page, 'main'), new RegExp(`Rapprochement : Client ${id} et K7`));
  assert.match(await text(page, 'main'), /« Zelie » gardé, « Zelia » remplacé|« Zelia » devient « Zelie »/);
  await isFit(page, 'task-link');
  assert.equal(pair.sql('erp', `SELECT "Name" FROM ${customers} WHERE "No_" = 'K7'`), 'Zelia');
  await page.click('#confirm');
  await page.waitForSelector('text=C’est fait.');
  await dismiss(page);
  const trace = () => JSON.parse(pair.miroir(['trace', 'customer', 'K7', '--json']));
  assert.match(trace().keys, new RegExp(`${id} \\(shop\\), K7 \\(erp\\)`));
  assert.ok(trace().story.some((event) => event.event === 'request' && event.kind === 'link' && event.by === 'alma'));
  await page.selectOption('#unlink-entity', 'customer');
  await page.fill('#unlink-key', 'K7');
  await page.click('#unlink button');
  await page.waitForSelector('#confirm');
  assert.match(await text(page, 'main'), /Séparation : Client K7/);
  await page.click('#confirm');
  await page.waitForSelector('text=C’est fait.');
  assert.doesNotMatch(trace().keys, /shop/);
  await dismiss(page);
  pair.sql('erp', 'DROP TRIGGER no_web');
  pair.sql('shop', 'DROP TRIGGER no_erp');
  pair.cycle([0, 4]);
  await page.context().close();
}, {timeout: 60000});

// As on a machine with much else to do: what `serve` has started gets a twentieth of the time.
function slowDown(server) {
  let on = true;
  const send = (children, signal) => children.forEach((pid) => {
    try { process.kill(pid, signal); } catch (error) { assert.equal(error.code, 'ESRCH'); }
  });
  const tasks = `/proc/${server}/task`;
  const ended = (async () => {
    while (on && existsSync(tasks)) {
      const children = readdirSync(tasks).flatMap((thread) =>
        readFileSync(`${tasks}/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
      send(children, 'SIGSTOP');
      await setTimeout(38);
      send(children, 'SIGCONT');
      await setTimeout(2);
    }
  })();
  return () => { on = false; return ended; };
}

test('a bar that moves while both sides are read, and a server that is lost meanwhile', async () => {
  // Several ranges of keys to read.
  pair.sql('shop', `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
    INSERT INTO customer (last_name, city, email) SELECT 'Client', 'Nantes', 'c' || i || '@exemple.fr' FROM n`);
  pair.miroir(['cycle', '--json'], {codes: [0, 4]});  // What was parted before may wait.
  const drifted = 400;
  unseen('shop', `UPDATE customer SET city = 'Metz' WHERE id > 3 AND id <= ${3 + drifted}`);
  const page = await asAdministrator({expects: lostServer});
  const atFullSpeed = slowDown(pair.server.pid);
  await page.selectOption('#resync-entity', 'customer');
  await page.click('#resync button');
  await page.waitForSelector('progress[max]');
  const first = Number(await page.getAttribute('progress', 'value'));
  await isFit(page, 'task-rehearsing');
  await waitFor(() => page.evaluate((before) => {
    const bar = document.querySelector('progress[max]');
    return !bar || Number(bar.getAttribute('value')) !== before;
  }, first), 100);
  await page.waitForSelector('#confirm', {timeout: 60000});
  assert.match(await text(page, 'main'), new RegExp(`${drifted} fiches diffèrent`));
  assert.match(await text(page, 'main'), /et 350 autres/);
  await page.click('#confirm');
  // The server is lost while it is carried out: it goes on by itself, and the page says what is.
  await page.waitForSelector('text=Exécution en cours.');
  await atFullSpeed();
  await pair.stop('SIGKILL');
  await page.waitForSelector('#lost:not([hidden])');
  await waitFor(() => pair.sql('erp', `SELECT count(*) FROM "CRONUS France$Customer" WHERE "City" = 'Metz'`) >= `${drifted}`, 300);
  await pair.serve(new URL(address).host);
  await page.waitForSelector('#lost', {state: 'hidden', timeout: 20000});
  await page.waitForSelector('text=Rien n’est en cours.');
  await page.click('text=Retour à l’administration');
  await page.waitForSelector('#asked >> text=un réalignement — fait');
  assert.equal(verified().drifted, 0);
  await page.context().close();
}, {timeout: 180000});
