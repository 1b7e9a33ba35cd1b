// Nobody who sells has to read the engine's English: on a French page it stands under the technical
// details, and what is said instead says what to do.
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Pair} from './pair.mjs';
import {Visitor, details, words} from './visitor.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const customers = '"CRONUS France$Customer"';
let pair, alma, lea;

before(async () => {
  pair = new Pair();
  const origin = await pair.serve();
  alma = await Visitor.signedIn(origin, 'alma');
  lea = await Visitor.signedIn(origin, 'lea');
});
after(() => pair.remove());

// Words that no French sentence has, tables, and commands.
function isFrench(html, what) {
  const text = words(html);
  const foreign = text.match(
    /.{0,60}(\b(the|is|are|was|were|has|been|until|nothing|says|records|cannot|there|which|any|more)\b|CRONUS|miroir_|`miroir).{0,60}/);
  assert.equal(foreign?.[0], undefined, `${what}: ${text}`);
}

async function waitFor(holds) {
  for (let i = 0; i < 200; ++i) {
    const found = await holds();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it does not come');
}

// What the last cycle reports, as if it had met this.
function report(brakes) {
  const last = `number = (SELECT max(number) FROM cycle)`;
  const summary = JSON.parse(pair.state(`SELECT summary FROM cycle WHERE ${last}`));
  const told = JSON.stringify({...summary, brakes}).replaceAll("'", "''");
  pair.state(`UPDATE cycle SET outcome = 'brake', summary = '${told}' WHERE ${last}`);
}

test('whatever brake holds, the page says in French what it is and what to do', async () => {
  const source = readFileSync(path.join(root, 'mirror/brakes.cpp'), 'utf8');
  const kinds = [...source.match(/kinds\{([\s\S]*?)\}/)[1].matchAll(/"(\w+):"/g)].map((one) => one[1]);
  assert.ok(kinds.length >= 13, `${kinds}`);
  const parts = {deletions: ':customer:30', updates: ':customer:30', inserts: ':customer:30', emptied: ':customer',
                 unwatched: ':customer', triggers: ':customer:8badf00d', columns: ':customer:8badf00d',
                 journal: ':8badf00d', restored: ':12', replaced: '', clock: '', store: ''};
  const said = new Set();
  for (const kind of [...kinds, 'found', 'tomorrow']) {
    const id = kind === 'state' ? 'state:12' : kind === 'found' ? 'emptied:erp:customer:30' : `${kind}:erp${parts[kind] ?? ''}`;
    report([{id, message: 'the table dbo.CRONUS is empty: `miroir cycle --accept`', acceptable: true}]);
    const {text} = await alma.get('/');
    isFrench(text, kind);
    assert.match(details(text), /the table dbo\.CRONUS is empty: `miroir cycle --accept`/);
    assert.match(words(text), /Confirmer : c’est voulu/);
    const brake = words(text.match(/<div class="brake">[\s\S]*?<div class="actions">/)[0]);
    assert.match(brake, kind === 'tomorrow' ? /par prudence/ : /D’ici là/, kind);
    if (parts[kind]?.includes('customer')) assert.match(brake, /« Client »/, kind);
    if (/30$/.test(id)) assert.match(brake, / 30 fiches/, kind);
    said.add(brake);
  }
  assert.equal(said.size, kinds.length + 2, 'each says its own');
  report([]);
});

test('real ones as well: a watch that was removed, and is back', async () => {
  const triggers = pair.sql('erp', `SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'CRONUS France$Customer'`);
  for (const name of triggers.split('\n')) pair.sql('erp', `DROP TRIGGER "${name}"`);
  pair.cycle([5]);
  let {text} = await alma.get('/');
  isFrench(text, 'unwatched');
  assert.match(words(text), /Miroir ne voit plus ce qui change dans l’ERP pour « Client »/);
  assert.match(details(text), /miroir install --site erp/);
  pair.miroir(['install', '--yes']);
  pair.cycle([5]);
  ({text} = await alma.get('/'));
  isFrench(text, 'triggers');
  assert.match(words(text), /a été interrompue puis remise/);
  await alma.post('/accept', {id: text.match(/name="id" value="(triggers:[^"]+)"/)[1]});
  await waitFor(async () => !(await alma.get('/')).text.includes('class="brake"'));
});

test('a changed mapping says what will change before it is confirmed', async () => {
  const file = path.join(root, 'schema/mappings/shop-navision/shop-navision.json');
  const changed = pair.file('changed.json');
  writeFileSync(changed, withoutNewsletter(readFileSync(file, 'utf8')));
  const other = new Pair();
  try {
    const its = JSON.parse(readFileSync(other.file('miroir.json'), 'utf8'));
    writeFileSync(other.file('miroir.json'), JSON.stringify({...its, mapping: changed}));
    const visitor = await Visitor.signedIn(await other.serve(), 'alma');
    const {text} = await visitor.get('/');
    isFrench(text, 'mapping');
    assert.match(words(text), /Ce qui va changer une fois confirmé.*Champ qui ne sera plus synchronisé : Client, lettre d’information/);
    assert.match(details(text), /newsletter/);
    assert.match(words(text), /Confirmer : c’est voulu/);
  } finally {
    await other.remove();
  }
});

function withoutNewsletter(text) {
  return text.replace(/^.*"newsletter": \{"type": "boolean".*\n/m, '');
}

const hidden = (html, name) => html.match(new RegExp(`name="${name}" value="([^"]*)"`))[1];

test('an answer that cannot be is refused in French', async () => {
  pair.disagree();
  const id = (await lea.get('/check')).text.match(/\/check\/(\d+)"/)[1];
  const seen = hidden((await lea.get(`/check/${id}`)).text, 'seen');
  const answer = await lea.post('/preview', {id, seen, answer: 'value', value: 'BEAUCOUP TROP LONG'});
  assert.equal(answer.status, 422);
  isFrench(answer.text, 'unfit');
  assert.match(words(answer.text), /Ce n’est pas possible\. (L’ERP|La boutique) ne peut pas contenir cette valeur\. Choisissez-en une/);
  assert.match(details(answer.text), /cannot hold it/);
});

test('an empty “other value” is a slip, not an answer', async () => {
  const id = (await lea.get('/check')).text.match(/\/check\/(\d+)"/)[1];
  const seen = hidden((await lea.get(`/check/${id}`)).text, 'seen');
  for (const value of ['', '  ']) {
    const answer = await lea.post('/preview', {id, seen, answer: 'value', value});
    assert.equal(answer.status, 422);
    assert.match(words(answer.text), /Merci d’écrire la valeur, ou choisissez « Aucune valeur »/);
    assert.equal((await lea.post('/answer', {id, seen, answer: 'value', value})).status, 422);
  }
  assert.equal((await lea.post('/preview', {id, seen, answer: 'nothing'})).status, 200);
});

test('an administrator is led from a record to bringing its sides together', async () => {
  const way = (await alma.get('/record/1')).text.match(/href="([^"]+)">Réaligner cette fiche/)[1].replaceAll('&amp;', '&');
  const {text} = await alma.get(way);
  assert.match(text, /<option value="customer" selected>/);
  assert.match(text, /id="resync-key" name="key" value="W?1"/);
  assert.doesNotMatch((await lea.get('/record/1')).text, /Réaligner cette fiche/);
});

test('a decision that is set back says whose value comes back', async () => {
  pair.sql('shop', `UPDATE customer SET phone = '0100' WHERE id = 2`);
  pair.sql('erp', `UPDATE ${customers} SET "Phone No_" = '0101' WHERE "No_" = 'W2'`);
  pair.cycle([4]);
  const undo = (await lea.get('/journal?kind=automatic&key=W2')).text.match(/\/undo\/\d+/)[0];
  const {text} = await lea.get(undo);
  isFrench(text, 'undo');
  assert.match(words(text), /C’était la valeur de (la boutique|l’ERP)\./);
});

test('to set a lost deletion back is called a deletion, and no counter is offered', async () => {
  pair.sql('shop', `INSERT INTO customer (id, email, first_name, last_name) VALUES (77, 'elle@x.fr', 'Elle', 'Sept')`);
  pair.cycle([0, 4]);
  const no = pair.sql('erp', `SELECT "No_" FROM ${customers} WHERE "E-Mail" = 'elle@x.fr'`).trim();
  pair.sql('shop', `DELETE FROM customer WHERE id = 77`);
  pair.sql('erp', `UPDATE ${customers} SET "City" = 'Metz' WHERE "No_" = '${no}'`);
  pair.cycle([0, 4]);
  const journal = (await lea.get(`/journal?kind=automatic&key=${no}`)).text;
  const [, undo] = journal.match(/href="(\/undo\/\d+)">Supprimer quand même/);
  const {text} = await lea.get(undo);
  isFrench(text, 'undo');
  assert.match(words(text), /Supprimer quand même : .*Elle sera supprimée des deux côtés/);
  assert.doesNotMatch(words(text), /Rétablir/);
});

test('an answer that came too late says so in French, with the question and in the journal', async () => {
  const id = (await lea.get('/check')).text.match(/\/check\/(\d+)"/)[1];
  const seen = hidden((await lea.get(`/check/${id}`)).text, 'seen');
  assert.equal((await lea.post('/answer', {id, seen, answer: 'take:shop'})).status, 303);
  pair.sql('shop', `UPDATE customer SET payment_terms = '30J' WHERE id = 1`);
  pair.cycle([4]);
  const question = (await lea.get(`/check/${id}`)).text;
  isFrench(question, 'question');
  assert.match(words(question), /Une réponse de lea n’a pas été appliquée\. Une valeur a changé depuis/);
  assert.match(details(question), /it has moved since it was shown/);
  const journal = (await lea.get('/journal')).text;
  isFrench(journal, 'journal');
  assert.match(words(journal), /lea : non appliqué · Une valeur a changé depuis/);
  assert.match(details(journal), /it has moved since it was shown/);
});

test('what an administrator asks is refused in French, and stands in the journal in French', async () => {
  for (const [way, fields, said] of [
    ['/resync', {entity: 'customer', key: '4711'}, /Ce n’était pas possible\. Aucune fiche ne porte ce numéro/],
    ['/link', {entity: 'customer', first: '1', second: '4711'}, /Ce n’était pas possible\. Aucune fiche/],
    ['/unlink', {entity: 'customer', key: '1'}, /Cela serait refusé\. D’autres fiches s’y rapportent/],
  ]) {
    assert.equal((await alma.post(way, fields)).status, 303);
    const {text} = await waitFor(async () => {
      const page = await alma.get('/task');
      return page.text.includes('id="discard"') ? page : null;
    });
    isFrench(text, way);
    assert.match(words(text), said);
    assert.notEqual(details(text), '', way);
    await alma.post('/task/discard', {id: hidden(text, 'id')});
  }
  pair.miroir(['resync', '--entity', 'customer', '--key', '2', '--from', 'shop', '--yes'], {codes: [0, 4]});
  pair.miroir(['unlink', 'customer', '2', '--now'], {codes: [0, 4]});
  const journal = (await alma.get('/journal?kind=people')).text;
  isFrench(journal, 'journal of people');
  assert.match(words(journal), /une séparation/);
  for (const way of ['/undo/4711', '/record/1', '/check', '/manage', '/cycles'])
    isFrench((await alma.get(way)).text, way);
  const long = await lea.post('/ignore', {id: '1', seen: 'x', reason: 'x'.repeat(300)});
  isFrench(long.text, 'a long reason');
});
