// Whoever is not signed in, not allowed, or not well-behaved: told over plain connections, without a
// browser.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import http from 'node:http';
import net from 'node:net';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Pair, passwords} from './pair.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
let pair, port, origin;

before(async () => {
  pair = new Pair();
  pair.disagree();
  origin = await pair.serve();
  port = Number(new URL(origin).port);
});
after(async () => { await pair.remove(); });

// A path is sent as it is written: nothing is made tidy.
function ask(method, way, {headers = {}, body} = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({host: '127.0.0.1', port, method, path: way, headers, agent: false});
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({status: response.statusCode, headers: response.headers, text}));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const form = (fields) => new URLSearchParams(fields).toString();
const typed = {'content-type': 'application/x-www-form-urlencoded'};

async function signIn(name, password = passwords[name]) {
  const answer = await ask('POST', '/sign-in',
                           {headers: {...typed, origin}, body: form({name, password, to: '/check'})});
  return {answer, cookie: (answer.headers['set-cookie'] ?? [''])[0].split(';')[0]};
}
async function tokenIn(cookie, way) {
  const page = await ask('GET', way, {headers: {cookie}});
  return page.text.match(/name="token" value="([0-9a-f]+)"/)[1];
}

// Sends raw bytes and returns what comes back until the end.
function raw(bytes, {ends = true} = {}) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
    if (!ends) setTimeout(() => socket.destroy(), 1000);
  });
}

// All that there is, and who may, from the program's own table.
const routes = [...readFileSync(path.join(root, 'mirror/status/routes.cpp'), 'utf8')
  .matchAll(/Route\{"(\w+)", "([^"]+)", (?:Role::)?(\w+),/g)]
  .map(([, method, pattern, needs]) => ({method, pattern, way: pattern.replaceAll('*', '1'), needs}));
const ranks = ['anyone', 'reader', 'clerk', 'administrator'];
const users = {reader: 'paul', clerk: 'lea', administrator: 'alma'};
const posts = routes.filter((one) => one.method === 'POST' && one.needs !== 'anyone');
const administrators = posts.filter((one) => one.needs === 'administrator').map((one) => one.way);
// Whatever any of the forms asks for.
const everything = {name: 'paul', role: 'administrator', password: 'long enough for all', again: 'long enough for all', sure: '1',
                    entity: 'customer', key: '1', what: 'site:erp', reason: 'x', id: '1', ids: 'S1', first: '1', second: 'W1',
                    answer: 'take:shop', seen: 'x', of: 'hold/customer/payment_terms'};
const untouched = () => {
  const status = JSON.parse(pair.miroir(['status', '--json'], {codes: [4]}));
  assert.deepEqual([status.pending_requests, status.paused.length, status.held.length], [0, 0, 1]);
  const {users: all} = JSON.parse(pair.miroir(['user', 'list', '--json']));
  assert.deepEqual(all.map((one) => [one.name, one.role]), [['alma', 'administrator'], ['lea', 'clerk'], ['paul', 'reader']]);
  const {acts} = JSON.parse(pair.miroir(['acts', '--json']));
  assert.deepEqual(acts.filter((act) => !['user_add', 'user_token'].includes(act.kind)), []);
};

test('the table of routes is read as it is', () => {
  assert.ok(posts.length >= 25, `${posts.length}`);
  assert.deepEqual([...new Set(routes.map((one) => one.needs))].sort(), [...ranks].sort());
  for (const way of ['/ignore', '/unignore', '/api/v1/set-aside/1/retry', '/accounts/add', '/accounts/role', '/accounts/remove']) assert.ok(posts.some((one) => one.way === way), way);
});

test('no route without signing in', async () => {
  for (const {method, way, needs} of routes) {
    if (needs === 'anyone') continue;
    const answer = await ask(method, way, {headers: {...typed, origin}, body: method === 'POST' ? form(everything) : undefined});
    assert.ok([303, 401].includes(answer.status), `${method} ${way}: ${answer.status}`);
    assert.ok(answer.status === 401 || answer.headers.location.startsWith('/sign-in?to='), way);
  }
  untouched();
});

test('no route with the role below, by a form or by a token', async () => {
  for (const {method, way, needs} of routes) {
    const below = ranks[ranks.indexOf(needs) - 1];
    if (!users[below]) continue;
    const {cookie} = await signInOnce(below);
    const token = await formToken(below);
    const body = method === 'POST' ? form({...everything, token}) : undefined;
    assert.equal((await ask(method, way, {headers: {...typed, origin, cookie}, body})).status, 403, `${method} ${way}`);
    const authorization = `Bearer ${apiToken(below)}`;
    assert.equal((await ask(method, way, {headers: {authorization}, body: method === 'POST' ? '{"reason": "x"}' : undefined})).status,
                 403, `${method} ${way} by a token`);
  }
  untouched();
});

test('nothing is written without the form’s token, or with another’s', async () => {
  for (const {way, needs} of posts) {
    const {cookie} = await signInOnce(needs);
    const other = await formToken(needs === 'clerk' ? 'administrator' : 'clerk');
    for (const fields of [everything, {...everything, token: other}, {...everything, token: '0'.repeat(64)}]) {
      const answer = await ask('POST', way, {headers: {...typed, origin, cookie}, body: form(fields)});
      assert.equal(answer.status, 403, way);
    }
  }
  untouched();
});

const signedIn = {}, tokens = {}, formTokens = {};
const signInOnce = async (role) => (signedIn[role] ??= await signIn(users[role]));
const formToken = async (role) => (formTokens[role] ??= await tokenIn((await signInOnce(role)).cookie, '/'));
const apiToken = (role) => (tokens[role] ??= pair.miroir(['user', 'token', users[role]]).trim());

test('no page without signing in', async () => {
  for (const way of ['/', '/check', '/check/1', '/check/group?of=x', '/search?q=anne', '/record/1', '/cycles',
                     '/journal', '/journal.csv', '/undo/1', '/manage', '/accounts', '/account?name=paul', '/task', '/nothing-here']) {
    const answer = await ask('GET', way);
    assert.equal(answer.status, 303, way);
    assert.ok(answer.headers.location.startsWith('/sign-in?to='), way);
    assert.ok(!answer.text.includes('Anne'), way);
  }
  for (const way of ['/events', '/part/strip', '/metrics', '/api/v1/status', '/api/v1/held', '/api/v1/openapi.json'])
    assert.equal((await ask('GET', way)).status, 401, way);
  for (const way of ['/preview', '/answer', '/retry', '/undo/1', '/synchronise', '/accept', '/api/v1/cycle',
                     '/api/v1/held/1/answer'])
    assert.ok([303, 401].includes((await ask('POST', way, {headers: {origin}})).status), way);
  for (const way of administrators)
    assert.equal((await ask('POST', way, {headers: {origin}})).status, 303, way);
  // What an open page asks for by itself is told that nobody is signed in, not where to sign in.
  assert.equal((await ask('GET', '/check', {headers: {'x-live': '1'}})).status, 401);
  assert.equal((await ask('GET', '/healthz')).text, 'ok\n');
  const made_up = await ask('GET', '/', {headers: {cookie: 'session=' + '0'.repeat(64)}});
  assert.equal(made_up.status, 303);
});

test('every answer is protected', async () => {
  for (const way of ['/sign-in', '/healthz', '/assets/page.css', '/api/v1/status']) {
    const {headers} = await ask('GET', way);
    assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'same-origin');
  }
  const {text} = await ask('GET', '/sign-in');
  assert.doesNotMatch(text, /<script>|<style|style=|onclick|javascript:/);
});

test('a cookie that no script reads; another password ends the session', async () => {
  const {answer} = await signIn('lea');
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.location, '/check');
  assert.match(answer.headers['set-cookie'][0], /HttpOnly; SameSite=Strict/);
  const {cookie} = await signIn('alma');
  assert.equal((await ask('GET', '/', {headers: {cookie}})).status, 200);
  pair.miroir(['user', 'passwd', 'alma'], {input: passwords.alma + '\n'});
  assert.equal((await ask('GET', '/', {headers: {cookie}})).status, 303);
  const again = await signIn('alma');
  const token = await tokenIn(again.cookie, '/');
  const out = await ask('POST', '/sign-out', {headers: {...typed, origin, cookie: again.cookie}, body: form({token})});
  assert.equal(out.status, 303);
  assert.equal((await ask('GET', '/', {headers: {cookie: again.cookie}})).status, 303);
});

test('nothing is written without the role', async () => {
  const {cookie} = await signIn('paul');
  const headers = {...typed, origin, cookie};
  const token = await tokenIn(cookie, '/');
  for (const way of ['/preview', '/answer', '/retry', '/undo/1', '/synchronise', '/accept', '/api/v1/cycle'])
    assert.equal((await ask('POST', way, {headers, body: form({token, id: '1', answer: 'take:shop'})})).status, 403, way);
  const question = await ask('GET', '/check/1', {headers: {cookie}});
  assert.equal(question.status, 200);
  assert.doesNotMatch(question.text, /action="\/preview"/);
  const clerk = await signIn('lea');
  const accept = await ask('POST', '/accept', {headers: {...typed, origin, cookie: clerk.cookie},
                           body: form({token: await tokenIn(clerk.cookie, '/'), id: 'x'})});
  assert.equal(accept.status, 403);
  const fields = {entity: 'customer', key: '1', what: 'site:erp', reason: 'x', id: '1', first: '1', second: 'W1'};
  for (const name of ['paul', 'lea']) {
    const {cookie: its} = await signIn(name);
    const body = form({token: await tokenIn(its, '/'), ...fields});
    for (const way of administrators)
      assert.equal((await ask('POST', way, {headers: {...typed, origin, cookie: its}, body})).status, 403, `${name} ${way}`);
    for (const way of ['/manage', '/task', '/accounts', '/account?name=paul'])
      assert.equal((await ask('GET', way, {headers: {cookie: its}})).status, 403, `${name} ${way}`);
    assert.doesNotMatch((await ask('GET', '/', {headers: {cookie: its}})).text, /href="\/manage"/, name);
  }
  assert.equal(JSON.parse(pair.miroir(['status', '--json'], {codes: [4]})).pending_requests, 0);
});

test('nothing is written without the token, or from another origin', async () => {
  const {cookie} = await signIn('lea');
  const token = await tokenIn(cookie, '/');
  const good = {...typed, origin, cookie};
  const body = (fields) => form({id: '1', answer: 'take:shop', ...fields});
  assert.equal((await ask('POST', '/synchronise', {headers: good, body: form({})})).status, 403);
  assert.equal((await ask('POST', '/answer', {headers: good, body: body({token: token.replace(/./g, '0')})})).status, 403);
  assert.equal((await ask('POST', '/answer', {headers: {...good, origin: 'http://evil.example'}, body: body({token})})).status, 403);
  assert.equal((await ask('POST', '/answer', {headers: {...typed, cookie}, body: body({token})})).status, 403);
  const other = await signIn('alma');
  const others = {...typed, origin, cookie: other.cookie};
  const fields = {entity: 'customer', key: '1', what: 'site:erp', reason: 'x', id: '1', first: '1', second: 'W1'};
  for (const way of administrators) {
    assert.equal((await ask('POST', way, {headers: others, body: form(fields)})).status, 403, way);
    assert.equal((await ask('POST', way, {headers: others, body: form({...fields, token})})).status, 403, way);
  }
  assert.deepEqual(JSON.parse(pair.miroir(['status', '--json'], {codes: [4]})).paused, []);
  assert.equal((await ask('POST', '/answer', {headers: {...good, cookie: other.cookie}, body: body({token})})).status, 403);
  assert.equal(JSON.parse(pair.miroir(['status', '--json'], {codes: [4]})).pending_requests, 0);
});

test('a password cannot be guessed for long', async () => {
  for (let i = 0; i < 5; ++i) assert.equal((await signIn('nobody', 'wrong password')).answer.status, 401);
  const sixth = (await signIn('NOBODY', 'wrong password')).answer;
  assert.equal(sixth.status, 429);
  assert.equal(sixth.headers['retry-after'], '300');
  assert.equal((await signIn('lea')).answer.status, 303);
});

test('a foreign name that leads here is not answered', async () => {
  assert.equal((await ask('GET', '/sign-in', {headers: {host: 'evil.example'}})).status, 421);
  assert.equal((await ask('GET', '/sign-in', {headers: {host: `localhost:${port}`}})).status, 200);
});

test('the address that people type may be written as nobody types it', async () => {
  const behind = new Pair({address: 'https://Miroir.Example.com:443/'});
  const free = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => free.once('listening', resolve));
  const there = free.address().port;
  await new Promise((resolve) => free.close(resolve));
  try {
    await behind.serveBehind(`127.0.0.1:${there}`);
    const headers = {host: 'miroir.example.com'};  // As a browser sends it.
    const [page] = await once(http.get({host: '127.0.0.1', port: there, path: '/sign-in', headers, agent: false}), 'response');
    page.resume();
    assert.equal(page.statusCode, 200);
    const sent = {...headers, ...typed, origin: 'https://miroir.example.com'};
    const asked = http.request({host: '127.0.0.1', port: there, method: 'POST', path: '/sign-in', headers: sent, agent: false});
    asked.end(`name=lea&password=${encodeURIComponent(passwords.lea)}`);
    const [answer] = await once(asked, 'response');
    answer.resume();
    assert.equal(answer.statusCode, 303);
  } finally {
    await behind.remove();
  }
});

test('signing in leads to a page of ours only', async () => {
  for (const to of ['//evil.example/', 'https://evil.example/', '/\\evil.example', '/\r\nX-Evil: 1']) {
    const answer = await ask('POST', '/sign-in', {headers: {...typed, origin}, body: form({name: 'lea', password: passwords.lea, to})});
    assert.equal(answer.headers.location, '/', to);
    assert.equal(answer.headers['x-evil'], undefined);
  }
});

test('what people have entered is text, wherever it stands', async () => {
  const {cookie} = await signIn('lea');
  const evil = '"><script>alert(1)</script>';
  for (const way of [`/search?q=${encodeURIComponent(evil)}`, '/search?q=exemple', '/search?q=xss', '/record/3', '/journal',
                     `/journal?key=${encodeURIComponent(evil)}&entity=${encodeURIComponent(evil)}`, '/',
                     `/sign-in?to=${encodeURIComponent(evil)}`]) {
    const first = await ask('GET', way, {headers: {cookie}});
    const page = first.status === 303 ? await ask('GET', first.headers.location, {headers: {cookie}}) : first;
    assert.equal(page.status, 200, way);
    assert.doesNotMatch(page.text, /<script>|<img src=x|onerror=alert\(2\)>/, way);
  }
  const stored = await ask('GET', '/record/3', {headers: {cookie}});
  assert.match(stored.text, /&lt;script&gt;/);
});

test('nor does what people have typed as a reason, a value, or a pause run anywhere', async () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
  const {cookie} = await signIn('alma');
  const token = await tokenIn(cookie, '/');
  const post = async (way, fields) => ask('POST', way, {headers: {...typed, origin, cookie}, body: form({token, ...fields})});
  const seen = async (way) => (await ask('GET', way, {headers: {cookie}})).text.match(/name="seen" value="([^"]+)"/)[1];
  // What is held, and an answer with a reason that comes too late.
  pair.sql('shop', `UPDATE customer SET payment_terms = '<b>30J' WHERE id = 1`);
  assert.equal((await post('/answer', {id: '1', seen: await seen('/check/1'), answer: 'take:erp', note: evil})).status, 303);
  pair.cycle([4]);
  assert.equal((await post('/pause', {what: 'entity:product', reason: evil})).status, 303);
  assert.equal((await post('/ignore', {id: '1', seen: await seen('/ignore?id=1'), reason: evil})).status, 303);
  assert.equal((await post('/resync', {entity: 'customer', key: evil, reason: evil})).status, 303);
  const shown = {};
  for (let i = 0; i < 100 && !/id="discard"/.test(shown['/task'] ?? ''); ++i) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    shown['/task'] = (await ask('GET', '/task', {headers: {cookie}})).text;
  }
  for (const way of ['/', '/check', '/check?show=ignored', '/check/1', '/ignore?id=1', '/manage', '/journal', '/record/1', '/cycles', '/undo/1'])
    shown[way] = (await ask('GET', way, {headers: {cookie}})).text;
  shown.preview = (await post('/pause/preview', {what: 'site:erp', reason: evil})).text;
  for (const [way, text] of Object.entries(shown))
    assert.doesNotMatch(text, /<script>|<img src=x|<b>30J/i, way);
  for (const way of ['/', '/check?show=ignored', '/check/1', '/manage', '/task', '/journal', 'preview'])
    assert.match(shown[way], /&lt;script&gt;/, way);
  await post('/resume', {what: 'entity:product'});
  await post('/unignore', {id: '1'});
  await post('/task/discard', {id: shown['/task'].match(/name="id" value="(\d+)"/)[1]});
  pair.disagree();
});

test('a formula in the journal stays text in a spreadsheet', async () => {
  pair.sql('shop', `UPDATE customer SET phone = '=1+1' WHERE id = 2`);
  pair.sql('erp', `UPDATE "CRONUS France$Customer" SET "Phone No_" = '=2+2' WHERE "No_" = 'W2'`);
  pair.cycle([4]);
  const {cookie} = await signIn('paul');
  const file = await ask('GET', '/journal.csv', {headers: {cookie}});
  assert.match(file.headers['content-type'], /text\/csv/);
  assert.match(file.text, /"'=1\+1";"'=2\+2"/);
});

test('no way out of the assets', async () => {
  for (const way of ['/assets/../miroir.json', '/assets/..%2fmiroir.json', '/assets/%2e%2e/%2e%2e/etc/passwd',
                     '/assets//etc/passwd', '/assets/page.css%00', '/assets/texts.en.json', '/assets/', '//assets/page.css',
                     '/assets/....//page.css'])
    assert.ok([303, 400, 404].includes((await ask('GET', way)).status), way);
  assert.match((await ask('GET', '/assets/page.css')).headers['cache-control'], /immutable/);
});

test('what is too large or makes no sense is refused', async () => {
  assert.match(await raw(`POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n${'a'.repeat(70000)}`), /^HTTP\/1.1 413/);
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20000)}\r\n\r\n`), /^HTTP\/1.1 431/);
  assert.match(await raw('GET\r\n\r\n'), /^HTTP\/1.1 400/);
  assert.match(await raw('\x16\x03\x01\x02\x00garbage\r\n\r\n'), /^HTTP\/1.1 400/);
  assert.match(await raw('GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1.1 400/);
  assert.match(await raw('GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1.1 400/);
  assert.match(await raw('GET / HTTP/1.1\r\n\r\n', {ends: false}), /^HTTP\/1.1 421/);
  assert.equal((await ask('PUT', '/')).status, 405);
  assert.equal((await ask('GET', '/check/99999999999999999999')).status, 303);
  const {cookie} = await signIn('lea');
  for (const way of ['/check/99999999999999999999', '/check/-1', '/check/x', '/record/0', '/undo/12345', '/check/group?of=x', '/nowhere'])
    assert.equal((await ask('GET', way, {headers: {cookie}})).status, 404, way);
});

// Connections that keep the server waiting; `begin` is what each sends.
async function crowd(count, begin) {
  const all = Array.from({length: count}, () => net.connect(port, '127.0.0.1'));
  for (const socket of all) socket.on('error', () => {});
  await Promise.all(all.map((socket) => new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('connect', () => socket.write(begin, resolve));
  })));
  return all;
}

// A sanitizer's program is several times slower.
const patience = Number(process.env.MIROIR_PATIENCE ?? 1);

async function othersAreAnswered(what) {
  for (let i = 0; i < 20; ++i) {
    const began = Date.now();
    assert.equal((await ask('GET', '/healthz')).status, 200, what);
    assert.equal((await ask('GET', '/sign-in')).status, 200, what);
    assert.ok(Date.now() - began < 2000 * patience, `${what}: ${Date.now() - began} ms`);
  }
}

test('a slow client is cut off, however it drips', async () => {
  const [slow] = await crowd(1, 'GET / HTTP/1.1\r\nHost: loc');
  const began = Date.now();
  const drip = setInterval(() => slow.write('a'), 500);
  slow.resume();
  await new Promise((resolve) => slow.on('close', resolve));
  clearInterval(drip);
  const took = Date.now() - began;
  assert.ok(took > 4000 && took < 8000, `cut off after ${took} ms`);
});

test('four hundred slow clients keep nobody out', async () => {
  const slow = await crowd(400, 'GET / HTTP/1.1\r\nHost: loc');
  await othersAreAnswered('half a head');
  for (const socket of slow) socket.destroy();
  const posting = await crowd(400, `POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 5000\r\n\r\nhalf`);
  await othersAreAnswered('half a body');
  for (const socket of posting) socket.destroy();
});

test('nor do clients that do not read what they are sent', async () => {
  const request = `GET /assets/page.css HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  const deaf = await crowd(300, request.repeat(1000));
  for (const socket of deaf) socket.pause();
  await othersAreAnswered('clients that do not read');
  for (const socket of deaf) socket.destroy();
});

test('the API: a token, the same as --json, and its description', async () => {
  const token = pair.miroir(['user', 'token', 'lea']).trim();
  const reader = pair.miroir(['user', 'token', 'paul']).trim();
  const headers = {authorization: `Bearer ${token}`};
  const json = async (way, answer) => JSON.parse((await ask('GET', way, {headers})).text);
  assert.equal((await ask('GET', '/api/v1/held', {headers: {authorization: 'Bearer 00'}})).status, 401);

  const held = await json('/api/v1/held');
  assert.deepEqual(held, JSON.parse(pair.miroir(['held', 'list', '--json'], {codes: [4]})));
  const id = held.held[0].id;
  assert.deepEqual(await json(`/api/v1/held/${id}`), JSON.parse(pair.miroir(['held', 'show', `${id}`, '--json'], {codes: [4]})));
  assert.deepEqual(await json('/api/v1/trace?entity=customer&key=W1'),
                   JSON.parse(pair.miroir(['trace', 'customer', 'W1', '--json'])));
  const status = await json('/api/v1/status');
  const printed = JSON.parse(pair.miroir(['status', '--json'], {codes: [4]}));
  for (const member of Object.keys(printed)) assert.deepEqual(status[member], printed[member], member);

  const post = (way, body, who = headers) => ask('POST', way, {headers: who, body: JSON.stringify(body)});
  assert.equal((await post(`/api/v1/held/${id}/answer`, {take: 'shop'}, {authorization: `Bearer ${reader}`})).status, 403);
  assert.equal((await post(`/api/v1/held/${id}/answer`, {})).status, 422);
  assert.equal((await post(`/api/v1/held/${id}/answer`, {take: 'shop', keep: true})).status, 422);
  assert.equal((await post(`/api/v1/held/${id}/answer`, {take: 'moon'})).status, 422);
  assert.equal((await post('/api/v1/held/77/answer', {take: 'shop'})).status, 422);
  assert.equal((await ask('POST', `/api/v1/held/${id}/answer`, {headers, body: '{'})).status, 422);
  const asked = await post(`/api/v1/held/${id}/answer`, {take: 'shop', reason: 'as agreed'});
  assert.equal(asked.status, 202);
  assert.equal(JSON.parse(asked.text).requests[0].by, 'lea');
  pair.cycle();
  assert.equal(pair.sql('erp', `SELECT "Payment Terms Code" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`), '60J');

  const description = await json('/api/v1/openapi.json');
  fits(description, 'Status', status);
  fits(description, 'HeldList', held);
  fits(description, 'Asked', JSON.parse(asked.text));
  pair.disagree('30J', '45J');
  const [open] = (await json('/api/v1/held')).held;
  const ignored = await post(`/api/v1/held/${open.id}/ignore`, {reason: 'as agreed'});
  assert.equal(ignored.status, 200);
  assert.equal((await post(`/api/v1/held/${open.id}/ignore`, {reason: 'x'}, {authorization: `Bearer ${reader}`})).status, 403);
  fits(description, 'Done', JSON.parse(ignored.text));
  fits(description, 'HeldList', await json('/api/v1/held?ignored=1'));
  fits(description, 'Trace', await json('/api/v1/trace?entity=customer&key=W1'));
  fits(description, 'Cycles', await json('/api/v1/cycles'));
  // What was done to accounts is not told to everybody.
  pair.miroir(['pause', '--entity', 'product', '--reason', 'inventory']);
  pair.miroir(['resume', '--entity', 'product']);
  const acts = await json('/api/v1/acts');
  const done = JSON.parse(pair.miroir(['acts', '--json']));
  fits(description, 'Acts', acts);
  assert.deepEqual(acts.acts, done.acts.filter((act) => !act.kind.startsWith('user')));
  assert.deepEqual(acts.acts.slice(0, 2).map((act) => [act.kind, act.about]), [['resume', 'entity:product'], ['pause', 'entity:product']]);
  const all = await ask('GET', '/api/v1/acts', {headers: {authorization: `Bearer ${pair.miroir(['user', 'token', 'alma']).trim()}`}});
  assert.ok(JSON.parse(all.text).acts.some((act) => act.kind === 'user_add' && act.about === 'lea' && act.role === 'clerk'));
  fits(description, 'Acts', JSON.parse(all.text));
  assert.deepEqual((await json(`/api/v1/acts?before=${acts.acts[0].id}&kind=pause`)).acts[0], acts.acts[1]);
  for (const wrong of ['kind=dance', 'since=yesterday']) {
    const answer = await ask('GET', `/api/v1/acts?${wrong}`, {headers});
    assert.equal(answer.status, 422, wrong);
    fits(description, 'Refusal', JSON.parse(answer.text));
  }
  // What was set aside has a page of its own as well; what is not there, and what cannot be, are described.
  pair.refuse();
  const set_aside = await json('/api/v1/held/S1');
  assert.deepEqual(set_aside, JSON.parse(pair.miroir(['held', 'show', 'S1', '--json'], {codes: [4]})));
  fits(description, 'HeldShow', set_aside);
  fits(description, 'HeldShow', await json(`/api/v1/held/${open.id}`));
  for (const missing of ['/api/v1/held/S77', '/api/v1/held/77', '/api/v1/held/x']) {
    const answer = await ask('GET', missing, {headers});
    assert.equal(answer.status, 404, missing);
    fits(description, 'Error', JSON.parse(answer.text));
  }
  fits(description, 'Refusal', JSON.parse((await post(`/api/v1/held/${id}/answer`, {})).text));
  fits(description, 'Refusal', JSON.parse((await post('/api/v1/decisions/77/undo', {})).text));
  fits(description, 'Asked', JSON.parse((await post('/api/v1/set-aside/S1/retry', {})).text));
  const described = Object.entries(description.paths)
    .flatMap(([way, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${way.replace(/\{\w+\}/, '*')}`));
  const served = routes.filter((one) => one.pattern.startsWith('/api/')).map((one) => `${one.method} ${one.pattern}`);
  assert.deepEqual(described.sort(), served.sort(), 'every route is described, and no other');
  for (const [way, methods] of Object.entries(description.paths)) {
    const [real] = [way.replace('{id}', '1')];
    for (const method of Object.keys(methods))
      assert.notEqual((await ask(method.toUpperCase(), real, {headers})).status, 405, `${method} ${way}`);
  }
  const metrics = (await ask('GET', '/metrics', {headers})).text;
  assert.match(metrics, /^miroir_to_check \d+$/m);
  assert.match(metrics, /^miroir_behind_records\{site="shop"\} 0$/m);
});

// What a schema of ours says, no more: types, required members, and that no member is unknown.
function fits(description, name, value) {
  check(description.components.schemas[name], value, name);
  // With all members of its parts.
  function whole(schema) {
    if (schema.$ref) return whole(description.components.schemas[schema.$ref.split('/').pop()]);
    const parts = (schema.allOf ?? []).map(whole);
    if (parts.length === 0) return schema;
    return {type: 'object', properties: Object.assign({}, ...parts.map((one) => one.properties)),
            required: parts.flatMap((one) => one.required ?? [])};
  }
  function fitsOne(schema, at, where) {
    try { check(schema, at, where); return true; } catch { return false; }
  }
  function check(schema, at, where) {
    if (schema.allOf) return check(whole(schema), at, where);
    if (schema.oneOf) return assert.equal(schema.oneOf.filter((one) => fitsOne(one, at, where)).length, 1, `${where} fits none`);
    if (schema.$ref) return check(description.components.schemas[schema.$ref.split('/').pop()], at, where);
    if (schema.enum) assert.ok(schema.enum.includes(at), `${where}: ${at}`);
    if (schema.type) {
      const kind = at === null ? 'null' : Array.isArray(at) ? 'array' : Number.isInteger(at) ? 'integer' : typeof at;
      const kinds = [schema.type].flat();
      assert.ok(kinds.includes(kind) || (kind === 'integer' && kinds.includes('number')), `${where} is ${kind}, not ${kinds}`);
    }
    for (const member of (at && schema.required) || []) assert.ok(member in at, `${where} has no ${member}`);
    if (schema.items) at.forEach((one, i) => check(schema.items, one, `${where}[${i}]`));
    if (schema.properties && at && name !== 'Trace') {
      for (const member of Object.keys(at)) assert.ok(member in schema.properties, `${where}.${member} is not described`);
    }
    for (const [member, its] of Object.entries(schema.properties ?? {}))
      if (at && member in at) check(its, at[member], `${where}.${member}`);
  }
}

test('the server ends by itself within five seconds, also with an open page', async () => {
  const {cookie} = await signIn('lea');
  const stream = http.get({host: '127.0.0.1', port, path: '/events', headers: {cookie}, agent: false});
  await new Promise((resolve) => stream.on('response', (response) => response.on('data', resolve)));
  stream.on('error', () => {});
  const {code, took} = await pair.stop();
  assert.equal(code, 0);
  assert.ok(took < 5000, `it took ${took} ms`);
});
