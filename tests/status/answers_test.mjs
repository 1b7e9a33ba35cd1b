// Two answers to one question before the next pass: whose counts, and what the others are told.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Pair} from './pair.mjs';
import {Visitor, words} from './visitor.mjs';

let pair, lea, alma, paul, id, seen;
before(async () => {
  pair = new Pair({personal: ['customer.payment_terms']});
  await pair.serve();
  lea = await Visitor.signedIn(pair.address, 'lea');
  alma = await Visitor.signedIn(pair.address, 'alma');
  paul = await Visitor.signedIn(pair.address, 'paul');
  pair.disagree();
  id = (await lea.get('/check')).text.match(/\/check\/(\d+)"/)[1];
  seen = (await lea.get(`/check/${id}`)).text.match(/name="seen" value="([^"]*)"/)[1];
});
after(async () => { await pair.remove(); });

const answer = (visitor, way, take) => visitor.post(way, {id, seen, answer: take});
const question = async (visitor) => words((await visitor.get(`/check/${id}`)).text);

test('an answer that waits is shown with its value, to whoever may see that', async () => {
  assert.equal((await answer(lea, '/answer', 'take:shop')).status, 303);
  assert.match(await question(alma), /lea a répondu « 60J » .*\d\d:\d\d\. Le prochain passage l’appliquera\./);
  assert.match(await question(paul), /lea a répondu « \(masqué\) »/);
});

test('nobody else can answer then, and is told who has answered what', async () => {
  for (const way of ['/preview', '/answer']) {
    const {status, text} = await answer(alma, way, 'take:erp');
    assert.equal(status, 422, way);
    assert.match(words(text), /Ce n’est pas possible\. lea a répondu « 60J »/);
  }
});

test('a later answer of the same person takes the place of the first', async () => {
  assert.equal((await answer(lea, '/preview', 'take:erp')).status, 200);
  assert.equal((await answer(lea, '/answer', 'take:erp')).status, 303);
  const text = await question(lea);
  assert.match(text, /lea a répondu « COMPTANT »/);
  assert.doesNotMatch(text, /lea a répondu « 60J »|n’a pas été appliquée/);
  pair.cycle();
  assert.equal(pair.sql('shop', 'SELECT payment_terms FROM customer WHERE id = 1'), 'COMPTANT');
});
