// The mapping is edited, and agreed to on the shell, while the page is there: it says what is so now.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Pair} from './pair.mjs';
import {details, Visitor, words} from './visitor.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const original = readFileSync(path.join(root, 'schema/mappings/shop-navision/shop-navision.json'), 'utf8');
const without = (text, name) => text.replace(new RegExp(`^.*"${name}": \\{"type": "boolean".*\\n`, 'm'), '');

let pair, alma, paul, lea;
before(async () => {
  pair = new Pair({personal: ['customer.phone']});
  pair.write('mapping.json', original);
  const configuration = JSON.parse(pair.read('miroir.json'));
  pair.write('miroir.json', JSON.stringify({...configuration, mapping: 'mapping.json'}));
  await pair.serve();
  alma = await Visitor.signedIn(pair.address, 'alma');
  paul = await Visitor.signedIn(pair.address, 'paul');
  lea = await Visitor.signedIn(pair.address, 'lea');
});
after(async () => { await pair.remove(); });

const changing = /Le paramétrage a été modifié et attend une confirmation/;
const mistaken = /Le paramétrage contient une erreur, et rien n’est transmis/;
const idIn = (text) => text.match(/name="id" value="(mapping:[^"]+)"/)?.[1];

async function home(visitor = alma) { return (await visitor.get('/')).text; }
async function strip(fits) {
  for (let i = 0; i < 100; ++i) {
    const {text} = await lea.get('/part/strip');
    if (fits(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('the line over other pages says something else');
}

test('a mapping that is edited while the page is there waits on the page, as it does for cycles', async () => {
  assert.doesNotMatch(words(await home()), changing);
  pair.write('mapping.json', without(original, 'newsletter'));
  const text = await home();
  assert.match(words(text), changing);
  assert.match(words(text), /Champ qui ne sera plus synchronisé : Client, lettre d’information/);
  const {id} = JSON.parse(pair.cycle([5])).brakes[0];
  assert.equal(idIn(text), id);
  await strip((line) => changing.test(line));
});

test('once it was agreed to on the shell, the page says no more of it, and never the reverse', async () => {
  pair.miroir(['cycle', '--accept', idIn(await home()), '--by', 'alma']);
  const text = await home();
  assert.doesNotMatch(words(text), changing);
  assert.equal(idIn(text), undefined);
  pair.cycle();
  assert.doesNotMatch(words(await home()), changing);
  await strip((line) => !changing.test(line));
});

test('a mapping with a mistake leaves the page there, which says so until it is mended', async () => {
  const now = pair.read('mapping.json');
  pair.write('mapping.json', now.slice(0, -20));
  let text = await home();
  assert.match(words(text), mistaken);
  assert.match(details(text), /mapping\.json/);
  assert.doesNotMatch(await home(paul), /mapping\.json/);
  assert.equal((await lea.get('/search?for=Chevalier')).status, 200);
  pair.cycle([2]);
  pair.write('mapping.json', now);
  text = await home();
  assert.doesNotMatch(words(text), mistaken);
  assert.doesNotMatch(words(text), changing);
  pair.cycle();
});

test('what a reader may not see stays hidden when its field gets another name', async () => {
  const now = pair.read('mapping.json');
  const configuration = pair.read('miroir.json');
  const shows = async (visitor) => (await visitor.get('/record/1')).text.includes('33 1 23 45 67 89');
  assert.ok(await shows(lea));
  assert.ok(!await shows(paul));
  pair.write('mapping.json', now.replaceAll('"phone"', '"telephone"'));
  assert.match(words(await home()), mistaken, 'the configuration names a field that is gone');
  pair.write('miroir.json', configuration.replace('customer.phone', 'customer.telephone'));
  const text = await home();
  assert.doesNotMatch(words(text), mistaken);
  assert.ok(await shows(lea));
  assert.ok(!await shows(paul), 'as the state file still calls it');
  pair.write('mapping.json', now);
  pair.write('miroir.json', configuration);
  assert.doesNotMatch(words(await home()), changing);
  assert.ok(!await shows(paul));
});

test('the change is confirmed on the page that has been there all the time', async () => {
  pair.write('mapping.json', original);
  const id = idIn(await home());
  assert.ok(id);
  assert.equal((await alma.post('/accept', {id})).status, 303);
  for (let i = 0; i < 100 && changing.test(words(await home())); ++i) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.doesNotMatch(words(await home()), changing);
  pair.cycle();
});
