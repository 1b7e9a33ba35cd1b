// Accounts on the page, and who did what: administrators let people sign in and give them roles; what
// was done stands in the journal, and nobody can lock everybody out.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {leave, press, serve, telephone, text, waitFor} from './browser.mjs';
import {Pair, passwords} from './pair.mjs';
import {Visitor, words} from './visitor.mjs';

let pair, address, browser;
const isFit = (page, name) => browser.isFit(page, name);
// What the server refuses is an error to the console.
const refusals = ['422', 'Unprocessable'];

before(async () => {
  pair = new Pair({names: {fr: {erp: 'Navision'}}});
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

const users = () => Object.fromEntries(JSON.parse(pair.miroir(['user', 'list', '--json'])).users.map((one) => [one.name, one.role]));
const acts = () => JSON.parse(pair.miroir(['acts', '--json'])).acts;
async function asAdministrator(how) {
  const page = await browser.open(how);
  await browser.signIn(page, 'alma');
  await page.click('nav >> text=Administration');
  return page;
}
const rowOf = (page, name) => page.locator('tbody tr', {hasText: name});
const manage = (page, name) => rowOf(page, name).locator('a').click();

test('an account is added, gets another role and password, and is removed; all of it in French', async () => {
  const page = await asAdministrator({expects: refusals});
  await page.click('text=Voir et modifier les comptes');
  assert.match(await text(page, 'tbody'), /alma vousAdministration(à|hier)/);
  assert.match(await text(page, 'tbody'), /paulLecturejamaisModifier/);
  await isFit(page, 'accounts');
  // What is typed wrong is said, and nothing of it is lost but the password.
  await page.fill('#account-name', 'Zoé');
  await page.check('#role-clerk');
  await page.fill('#new-password', 'un mot de passe assez long');
  await page.fill('#again', 'un autre mot de passe');
  await page.click('#add button');
  assert.match(await text(page, '.notice.wrong'), /Les deux mots de passe ne sont pas les mêmes/);
  assert.equal(await page.inputValue('#account-name'), 'Zoé');
  assert.ok(await page.isChecked('#role-clerk'));
  await isFit(page, 'accounts-wrong');
  await page.fill('#new-password', 'un mot de passe assez long');
  await page.fill('#again', 'un mot de passe assez long');
  await page.click('#add button');
  await page.waitForSelector('text=Le compte est créé.');
  assert.equal(users()['Zoé'], 'clerk');
  // It is used, and loses its session with its role.
  const visitor = new Visitor(address);
  const signIn = (password) => visitor.send('/sign-in', {name: 'zoé', password, to: '/'});
  const answer = await signIn('un mot de passe assez long');
  visitor.headers.cookie = answer.headers.getSetCookie()[0].split(';')[0];
  assert.equal((await visitor.get('/check')).status, 200);
  await manage(page, 'Zoé');
  assert.match(await text(page, 'main'), /Rôle : gestion · dernière connexion : à/);
  await isFit(page, 'account');
  await page.check('#role-reader');
  await page.click('#role button');
  await page.waitForSelector('text=Le rôle est enregistré');
  assert.equal(users()['Zoé'], 'reader');
  assert.equal((await visitor.get('/check')).status, 303);
  await manage(page, 'Zoé');
  await page.fill('#new-password', 'encore un autre, plus long');
  await page.fill('#again', 'encore un autre, plus long');
  await page.click('#password button');
  await page.waitForSelector('text=Le mot de passe est enregistré');
  assert.equal((await signIn('un mot de passe assez long')).status, 401);
  assert.equal((await signIn('encore un autre, plus long')).status, 303);
  await manage(page, 'Zoé');
  await page.check('#sure');
  await page.click('#remove button');
  await page.waitForSelector('text=Le compte est supprimé.');
  assert.equal(users()['Zoé'], undefined);
  assert.deepEqual(acts().slice(0, 4).map((act) => [act.kind, act.about, act.role, act.by]),
                   [['user_remove', 'Zoé', '', 'alma'], ['user_password', 'Zoé', '', 'alma'],
                    ['user_role', 'Zoé', 'reader', 'alma'], ['user_add', 'Zoé', 'clerk', 'alma']]);
  // The journal says so, to whom it concerns.
  await page.click('text=Ce qui a été fait (journal)');
  const shown = await text(page, 'tbody');
  assert.match(shown, /Compte supprimé : Zoé[\s\S]*Compte Zoé : autre mot de passe[\s\S]*Compte Zoé : autre rôle \(lecture\)[\s\S]*Compte créé : Zoé \(gestion\)/);
  await isFit(page, 'journal-acts');
  const lea = await Visitor.signedIn(address, 'lea');
  assert.doesNotMatch((await lea.get('/journal')).text, /Zoé/);
  assert.doesNotMatch((await lea.get('/journal.csv?kind=acts')).text, /Zoé/);
  await page.context().close();
}, {timeout: 60000});

test('the last administrator stays one, in English, by keyboard and on a telephone', async () => {
  // Who is signed out while the page asks what is new is refused that too.
  const page = await asAdministrator({locale: 'en-GB', viewport: telephone, expects: [...refusals, '401']});
  await page.goto(`${address}/accounts`);
  await isFit(page, 'telephone-accounts');
  await press(page, 'Change');
  await page.waitForSelector('h1:has-text("The account of alma")');
  await isFit(page, 'telephone-account');
  await page.check('#role-clerk');
  await press(page, 'Save this role');
  await page.waitForSelector('.notice.wrong');
  assert.match(await text(page, '.notice.wrong'), /This is the last administrator/);
  assert.equal(users().alma, 'administrator');
  await page.check('#sure');
  await press(page, 'Remove');
  await page.waitForSelector('.notice.wrong');
  assert.match(await text(page, '.notice.wrong'), /This is the last administrator/);
  assert.equal(users().alma, 'administrator');
  assert.match(pair.miroir(['user', 'remove', 'alma', '--json'], {codes: [2]}), /last administrator/);
  // With another one, it may go; whoever takes his own role away is signed out.
  pair.miroir(['user', 'role', 'lea', 'administrator']);
  await page.check('#role-reader');
  await page.click('#role button');
  await page.waitForSelector('h1:has-text("Sign in")');
  assert.equal(users().alma, 'reader');
  pair.miroir(['user', 'role', 'alma', 'administrator']);
  pair.miroir(['user', 'role', 'lea', 'clerk']);
  await page.context().close();
}, {timeout: 60000});

test('what no form of the page sends is refused all the same', async () => {
  const alma = await Visitor.signedIn(address, 'alma', 'en');
  const before = users();
  const long = 'long enough for anybody';
  for (const [fields, says] of [
    [{name: 'x', role: 'clerk', password: 'short', again: 'short'}, /at least 10 characters/],
    [{name: 'x', role: 'clerk', password: 'x'.repeat(501), again: 'x'.repeat(501)}, /at most 500/],
    [{name: '', role: 'clerk', password: long, again: long}, /name cannot be used/],
    [{name: 'two\nlines', role: 'clerk', password: long, again: long}, /name cannot be used/],
    [{name: 'x'.repeat(101), role: 'clerk', password: long, again: long}, /name cannot be used/],
    [{name: 'LEA', role: 'clerk', password: long, again: long}, /There is an account of this name already/],
  ]) {
    const answer = await alma.post('/accounts/add', fields);
    assert.equal(answer.status, 422, JSON.stringify(fields));
    assert.match(words(answer.text), says);
    assert.doesNotMatch(answer.text, /long enough for anybody/, 'a password is never sent back');
  }
  assert.equal((await alma.post('/accounts/add', {name: 'x', role: 'boss', password: long, again: long})).status, 404);
  assert.equal((await alma.post('/accounts/role', {name: 'nobody', role: 'clerk'})).status, 404);
  assert.equal((await alma.post('/accounts/role', {name: 'lea', role: 'boss'})).status, 404);
  assert.equal((await alma.post('/accounts/password', {name: 'lea', password: long, again: 'other'})).status, 422);
  assert.equal((await alma.post('/accounts/remove', {name: 'lea'})).status, 422);
  assert.equal((await alma.get('/account?name=nobody')).status, 404);
  assert.deepEqual(users(), before);
  assert.equal((await new Visitor(address).send('/sign-in', {name: 'lea', password: passwords.lea})).status, 303);
});

test('confirming, pausing and starting a pass are in the journal with who did it, and in its file', async () => {
  const alma = await Visitor.signedIn(address, 'alma'), lea = await Visitor.signedIn(address, 'lea');
  await lea.post('/synchronise');
  await waitFor(async () => !(await lea.get('/')).text.includes(' running"'));
  await alma.post('/pause', {what: 'site:erp', reason: 'inventaire'});
  await alma.post('/pause', {what: 'entity:product', reason: 'nouveau catalogue'});
  await alma.post('/resume', {what: 'site:erp'});
  await alma.post('/resume', {what: 'entity:product'});
  await alma.post('/resume', {what: 'entity:product'});
  pair.sql('shop', `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
    INSERT INTO customer (last_name, city) SELECT 'Client', 'Nantes' FROM n`);
  await waitFor(() => { pair.miroir(['cycle'], {codes: [0, 4, 6]});
    return pair.sql('erp', `SELECT count(*) FROM "CRONUS France$Customer" WHERE "City" = 'Nantes'`) === '30'; });
  pair.sql('shop', `DELETE FROM customer WHERE city = 'Nantes'`);
  pair.cycle([5]);
  const id = (await alma.get('/')).text.match(/name="id" value="(deletions:[^"]+)"/)[1];
  await alma.post('/accept', {id});
  await waitFor(() => acts()[0].kind === 'accept');
  assert.deepEqual(acts().slice(0, 6).map((act) => [act.kind, act.about, act.by, act.reason]), [
    ['accept', 'deletions:shop:customer:30', 'alma', ''],
    ['resume', 'entity:product', 'alma', ''], ['resume', 'site:erp', 'alma', ''],
    ['pause', 'entity:product', 'alma', 'nouveau catalogue'], ['pause', 'site:erp', 'alma', 'inventaire'],
    ['synchronise', '', 'lea', '']]);
  const journal = words((await lea.get('/journal?kind=acts')).text);
  assert.match(journal, new RegExp(['Confirmé : Dans la boutique, 30 fiches « Client » ont été supprimées d’un coup\\..* alma',
    'Repris : (Produit|Article)', 'Repris : Navision', 'Mis en pause : (Produit|Article) .*alma · nouveau catalogue', 'Mis en pause : Navision .*alma · inventaire',
    'Synchroniser maintenant .*lea'].join('[\\s\\S]*')));
  for (const [filter, count] of [['kind=acts&entity=product', 2], ['kind=acts&entity=customer', 1], ['kind=acts&lost_at=shop', 0],
                                 ['kind=acts&until=2020-01-01', 0], ['kind=acts&key=1', 0]]) {
    const rows = (await lea.get(`/journal?${filter}`)).text.match(/<tr><td data-label/g) ?? [];
    assert.equal(rows.length, count, filter);
  }
  const file = (await lea.get('/journal.csv?kind=acts')).text;
  assert.match(file, /"Mis en pause\u00a0: Navision";"";"alma · inventaire"/);
  assert.match((await lea.get('/journal')).text, /Mis en pause/);
});
