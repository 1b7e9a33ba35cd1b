// What readers do not see, where the configuration says so: not on any page, not through the API, not
// in the file, and they find nothing by it.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Pair, passwords} from './pair.mjs';

const email = 'anne@exemple.fr', phone = '0399887766', other = '0311223344', name = 'Chevalier';
let pair, address;
before(async () => {
  pair = new Pair({personal: ['customer.email', 'customer.phone', 'customer.name', 'sales_order.bill_name']});
  // A decision and a question about what is personal, and something refused with words of its own.
  pair.sql('shop', `UPDATE customer SET phone = '${phone}' WHERE id = 1`);
  pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Phone No_" = '${other}' WHERE "No_" = 'W1'`);
  pair.cycle([0, 4]);
  pair.disagree();
  pair.sql('erp', `CREATE TRIGGER no BEFORE UPDATE ON "CRONUS France$Customer" WHEN NEW."City" = 'Nulle part'
    BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed for ${email}'); END`);
  pair.sql('shop', `UPDATE customer SET city = 'Nulle part' WHERE id = 1`);
  pair.cycle([4]);
  pair.miroir(['held', 'answer', '1', '--take', 'shop', '--reason', `elle l’a dit au ${phone}`]);
  address = await pair.serve();
});
after(async () => { await pair.remove(); });

async function signIn(who) {
  const answer = await fetch(`${address}/sign-in`, {method: 'POST', redirect: 'manual', headers: {origin: address},
                                                   body: new URLSearchParams({name: who, password: passwords[who]})});
  return {cookie: answer.headers.get('set-cookie').split(';')[0]};
}
async function get(way, headers) {
  const answer = await fetch(address + way, {headers, redirect: 'manual'});
  return {status: answer.status, text: await answer.text(), to: answer.headers.get('location')};
}
const secrets = [email, phone, other, name];
const told = (text) => secrets.filter((secret) => text.includes(secret));

const pages = ['/', '/check', '/check/1', '/check/group?of=hold%2Fcustomer%2Fpayment_terms', '/record/1', '/cycles', '/journal', '/journal.csv',
               '/search?q=exemple', '/search?q=S-1001', '/metrics'];
const api = ['/api/v1/status', '/api/v1/held', '/api/v1/held/1', '/api/v1/trace?entity=customer&key=W1',
             '/api/v1/trace?entity=sales_order&key=1', '/api/v1/cycles'];

test('who answers sees them', async () => {
  const clerk = await signIn('lea');
  const seen = new Set();
  for (const way of [...pages, ...api]) for (const secret of told((await get(way, clerk)).text)) seen.add(secret);
  assert.deepEqual([...seen].sort(), [...secrets].sort());
});

test('a reader sees them nowhere', async () => {
  const reader = await signIn('paul');
  const token = {authorization: `Bearer ${pair.miroir(['user', 'token', 'paul']).trim()}`};
  for (const [ways, headers] of [[pages, reader], [api, reader], [api, token]]) {
    for (const way of ways) {
      const {status, text} = await get(way, headers);
      assert.ok([200, 303].includes(status), `${way}: ${status}`);
      assert.deepEqual(told(text), [], way);
    }
  }
  assert.match((await get('/record/1', reader)).text, /\(hidden\)|\(masqué\)/);
  assert.match((await get('/record/1', reader)).text, /Client 1|Customer 1/);
  const trace = JSON.parse((await get('/api/v1/trace?entity=customer&key=W1', token)).text);
  const born = trace.story.find((event) => event.event === 'born');
  assert.equal(born.changes.find((change) => change.field === 'email').after, '(hidden)');
  assert.equal(born.changes.find((change) => change.field === 'country').after, 'FR');
});

test('a reader finds nothing by them', async () => {
  const reader = await signIn('paul'), clerk = await signIn('lea');
  for (const secret of ['anne@exemple', name, phone]) {
    const found = await get(`/search?q=${encodeURIComponent(secret)}`, clerk);
    assert.ok(found.to === '/record/1' || found.text.includes('href="/record/1"'), secret);
    const {status, text} = await get(`/search?q=${encodeURIComponent(secret)}`, reader);
    assert.equal(status, 200, secret);
    assert.doesNotMatch(text, /record\/1/, secret);
  }
  assert.equal((await get('/search?q=W1', reader)).to, '/record/1');
});

test('a field that is not there is a mistake of the configuration', async () => {
  const wrong = new Pair();
  try {
    const file = JSON.parse(wrong.read('miroir.json'));
    file.serve = {personal: ['customer.mail']};
    wrong.write('miroir.json', JSON.stringify(file));
    const said = JSON.parse(wrong.miroir(['status', '--json'], {codes: [2]}));
    assert.match(JSON.stringify(said.mistakes), /\/serve\/personal\/0.*customer[.]mail/);
  } finally {
    await wrong.remove();
  }
});
