// The journal finds what was decided long ago: its filters look at all of it, and it goes on page by page.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Pair} from './pair.mjs';
import {Visitor, words} from './visitor.mjs';

const many = 430;
let pair, lea, english;

before(async () => {
  pair = new Pair();
  // The first two are decided first, and long ago; then hundreds of others.
  const both = (which, shop, erp) => {
    pair.sql('shop', `UPDATE customer SET phone = '${shop}' WHERE ${which.shop}`);
    pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Phone No_" = '${erp}' WHERE ${which.erp}`);
    pair.cycle();
  };
  pair.sql('shop', `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many})
    INSERT INTO customer (last_name, city, email) SELECT 'Client', 'Nantes', 'c' || i || '@exemple.fr' FROM n`);
  pair.cycle();
  both({shop: 'id = 1', erp: `"No_" = 'W1'`}, '0100', '0101');
  pair.state(`UPDATE cycle SET started = '2026-03-05T09:00:00.000Z' WHERE number = (SELECT max(cycle) FROM conflict)`);
  both({shop: 'id > 3', erp: `"No_" NOT IN ('W1', 'W2', 'W3')`}, '0200', '0201');
  const origin = await pair.serve();
  lea = await Visitor.signedIn(origin, 'lea');
  english = await Visitor.signedIn(origin, 'lea', 'en');
});
after(() => pair.remove());

const rows = (html) => (html.match(/<tr><td data-label="Quand">[\s\S]*?<\/tr>/g) ?? []).map(words);
const older = (html) => html.match(/href="([^"]*)">Plus anciens/)?.[1].replaceAll('&amp;', '&');

test('an old decision is found by either side’s number, by kind, and by day', async () => {
  for (const filter of ['key=W1', 'key=1', 'key=W1&entity=customer', 'from=2026-03-05&until=2026-03-05',
                        'until=2026-03-31&entity=customer']) {
    const found = rows((await lea.get(`/journal?${filter}`)).text);
    assert.equal(found.length, 1, filter);
    assert.match(found[0], /Client W?1/, filter);
  }
  for (const filter of ['key=W2', 'key=nobody', 'from=2026-03-06&until=2026-03-31', 'entity=product',
                        'key=W1&entity=product', 'kind=people'])
    assert.equal(rows((await lea.get(`/journal?${filter}`)).text).length, 0, filter);
});

test('a side is the one whose value was replaced', async () => {
  const [shop, erp] = await Promise.all(['shop', 'erp'].map(async (site) =>
    rows((await lea.get(`/journal?key=W1&lost_at=${site}`)).text).length));
  assert.deepEqual([shop, erp].sort(), [0, 1]);
});

test('page by page, everything is shown once, and the filter goes along', async () => {
  let way = '/journal?entity=customer', pages = 0;
  const seen = new Set();
  for (; way; ++pages) {
    const {text} = await lea.get(way);
    for (const undo of text.matchAll(/\/undo\/(\d+)/g)) {
      assert.ok(!seen.has(undo[1]), undo[1]);
      seen.add(undo[1]);
    }
    way = older(text);
    assert.ok(!way || way.includes('entity=customer'), way);
  }
  assert.equal(pages, 3);
  assert.equal(seen.size, many + 1);
});

test('requests stand between decisions, also on an older page', async () => {
  pair.miroir(['undo', '1', '--now', '--reason', 'comme convenu'], {codes: [0, 4]});
  const first = await lea.get('/journal');
  assert.match(rows(first.text).slice(0, 3).join(), /un rétablissement/);
  pair.state(`UPDATE request SET made = '2026-03-01T09:00:00.000Z'`);
  let {text} = await lea.get('/journal');
  while (older(text)) ({text} = await lea.get(older(text)));
  assert.match(rows(text).at(-1), /un rétablissement.*comme convenu/);
  assert.equal(rows((await lea.get('/journal?key=W1')).text).length, 3, 'what was decided, what was asked, and what came of it');
});

test('the file is filtered in the same way, with heads in the reader’s language', async () => {
  const {text} = await lea.get('/journal.csv?entity=customer&key=W1&kind=automatic');
  const lines = text.trim().split('\r\n');
  assert.match(lines[0], /^\ufeff?"Quand";"Décision";"Type de fiche";"Numéro";"Champ";"Gardé";"Remplacé"/);
  assert.equal(lines.length, 3);
  assert.match(lines.at(-1), /"Client";.*"téléphone";/);
  assert.equal((await lea.get('/journal.csv')).text.trim().split('\r\n').length, 1 + many + 3);
  assert.match((await english.get('/journal.csv')).text, /^\ufeff?"When";"Decision";"Kind of record"/);
});
