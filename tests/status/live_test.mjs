// Every page keeps itself up to date, and says in red when nothing is synchronised any more, or when
// the server is lost: nobody reloads here.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {leave, lostServer, serve, text} from './browser.mjs';
import {Pair} from './pair.mjs';

let pair, address, browser;
before(async () => {
  pair = new Pair();
  pair.disagree();
  [address, browser] = await serve(pair);
});
after(() => leave(pair, browser));

const ways = ['/', '/check', '/check/1', '/check/group?of=hold%2Fcustomer%2Fpayment_terms', '/search', '/record/1', '/cycles', '/journal',
              '/cycles?span=week', '/check?show=ignored', '/journal?kind=people', '/manage', '/task'];
const banner = (way) => (way === '/' ? '.banner' : '#strip');

// All of them at once, as a person with many tabs has them.
async function openAll(how) {
  const first = await browser.open(how);
  await browser.signIn(first, 'alma');
  const pages = [];
  for (const way of ways) {
    const page = await browser.open(how);
    await page.context().addCookies(await first.context().cookies());
    await page.goto(address + way);
    pages.push([way, page]);
  }
  await first.context().close();
  return pages;
}
const closeAll = (pages) => Promise.all(pages.map(([, page]) => page.context().close()));

test('cycles have stopped, or the server is lost: every page says so by itself, and gets well again', async () => {
  const pages = await openAll({locale: 'fr-FR', expects: lostServer});
  for (const [way, page] of pages)
    assert.equal(await page.locator(`${banner(way)}.trouble`).count(), 0, way);
  pair.state(`UPDATE cycle SET started = '2026-01-01T08:00:00Z'`);
  for (const [way, page] of pages) {
    await page.waitForSelector(`${banner(way)}.trouble`);
    assert.match(await text(page, banner(way)), /Plus rien n’est synchronisé depuis le 01\/01\/2026/, way);
    await browser.isFit(page, `red${way.replaceAll('/', '-').replace(/[?].*/, '')}`);
  }
  await pair.stop('SIGKILL');
  for (const [way, page] of pages) {
    await page.waitForSelector('#lost:not([hidden])', {timeout: 20000});
    assert.match(await text(page, '#lost'), /Plus de liaison avec miroir depuis \d\d:\d\d/, way);
  }
  await pair.serve(new URL(address).host);
  pair.cycle([4]);
  for (const [way, page] of pages) {
    await page.waitForSelector('#lost', {state: 'hidden', timeout: 30000});
    await page.waitForSelector(`${banner(way)}:not(.trouble)`);
  }
  await closeAll(pages);
}, {timeout: 240000});

test('what happens meanwhile arrives on the pages that show it', async () => {
  const pages = new Map(await openAll({locale: 'fr-FR', expects: ['404']}));  // Of a group that is no more.
  const cycles = await pages.get('/cycles').locator('#cycles tbody tr').count();
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  pair.cycle([4]);
  await pages.get('/cycles').waitForSelector(`#cycles tbody tr:nth-child(${cycles + 1})`);
  await pages.get('/record/1').waitForSelector('text=Dijon');
  pair.miroir(['held', 'answer', '1', '--take', 'shop', '--by', 'Lea']);
  await pages.get('/journal?kind=people').waitForSelector('text=Lea');
  await pages.get('/check').waitForSelector('text=attend le prochain passage');
  // A form that is being filled in stays, and it is said that it is about something else by now.
  const question = pages.get('/check/1');
  await question.fill('#note', 'je réfléchis');
  pair.cycle();
  await question.waitForSelector('#moved:not([hidden])');
  await question.waitForSelector('text=Ce point n’attend plus personne.');
  assert.equal(await question.inputValue('#note'), 'je réfléchis');
  await pages.get(ways[3]).waitForSelector('#moved:not([hidden])');
  await pages.get('/').waitForSelector('text=Tout est à jour');
  await pages.get('/check').waitForSelector('text=Il n’y a rien à vérifier.');
  pair.miroir(['pause', '--site', 'erp', '--reason', 'fin de mois']);
  await pages.get('/manage').waitForSelector('#live >> text=fin de mois');
  await pages.get('/task').waitForSelector('#strip >> text=fin de mois');
  pair.miroir(['resume', '--site', 'erp']);
  await closeAll([...pages]);
}, {timeout: 120000});

test('a page that nobody sees holds no connection, and catches up when it is seen', async () => {
  const page = await browser.open();
  await browser.signIn(page);
  const turn = (hidden) => page.evaluate((is) => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => is});
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await turn(true);
  pair.disagree('30J', '45J');
  await page.waitForTimeout(3000);
  assert.doesNotMatch(await text(page, '.banner'), /à vérifier/);
  await turn(false);
  await page.waitForSelector('text=1 point à vérifier');
  await page.context().close();
});
