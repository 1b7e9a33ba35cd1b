// The status page behind nginx, as deploy/nginx.conf has it: a real nginx with a certificate of its own.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import {after, before, test} from 'node:test';
import tls from 'node:tls';
import {fileURLToPath} from 'node:url';

import {Pair, passwords} from '../status/pair.mjs';

const name = 'miroir.example.com';
const example = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../deploy/nginx.conf');
let pair, nginx, plain, secure, inner, origin, ca;

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

// The example with what its three steps put in, and with ports that are free.
function configure() {
  const here = path.join(pair.folder, 'nginx');
  mkdirSync(here);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', path.join(here, 'key.pem'),
    '-out', path.join(here, 'fullchain.pem')], {stdio: 'ignore'});
  ca = readFileSync(path.join(here, 'fullchain.pem'));
  const replaced = (text, from, to) => {
    assert.ok(text.includes(from), `the example has no ${from}`);
    return text.replaceAll(from, to);
  };
  let text = readFileSync(example, 'utf8');
  text = replaced(text, 'listen 80;', `listen 127.0.0.1:${plain};`);
  text = replaced(text, 'listen [::]:80;', '');
  text = replaced(text, 'listen 443 ssl http2;', `listen 127.0.0.1:${secure} ssl http2;`);
  text = replaced(text, 'listen [::]:443 ssl http2;', '');
  text = replaced(text, 'https://$server_name', `https://$server_name:${secure}`);
  text = replaced(text, '/etc/ssl/miroir', here);
  text = replaced(text, '127.0.0.1:8650', `127.0.0.1:${inner}`);
  writeFileSync(path.join(here, 'miroir.conf'), text);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${here}/${one};`);
  const user = process.getuid() === 0 ? 'user root;' : '';
  writeFileSync(path.join(here, 'nginx.conf'), `${user} worker_processes 1; pid ${here}/pid; error_log ${here}/error.log;
    events {} http { access_log ${here}/access.log; ${temporary.join(' ')} include ${here}/miroir.conf; }`);
  return ['-p', here, '-c', path.join(here, 'nginx.conf'), '-e', path.join(here, 'error.log')];
}

async function answers(port) {
  for (let i = 0; i < 100; ++i) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${port}`);
}

before(async () => {
  plain = await freePort();
  secure = await freePort();
  inner = await freePort();
  origin = `https://${name}:${secure}`;
  pair = new Pair({address: origin});
  const words = configure();
  execFileSync('/usr/sbin/nginx', ['-t', ...words], {stdio: 'pipe'});
  nginx = spawn('/usr/sbin/nginx', [...words, '-g', 'daemon off;'], {stdio: 'ignore'});
  await serve();
  await answers(secure);
});
after(async () => {
  nginx?.kill('SIGTERM');
  await pair?.remove();
});

// It prints the address that people type, so Pair does not find the port.
async function serve() {
  pair.server = spawn(process.env.MIROIR_PROGRAM, ['serve', '--listen', `127.0.0.1:${inner}`, '--config',
                                                   pair.file('miroir.json')], {stdio: 'ignore'});
  await answers(inner);
}

function ask(method, way, {headers = {}, body, through = https} = {}) {
  const port = through === https ? secure : plain;
  return new Promise((resolve, reject) => {
    const request = through.request({host: '127.0.0.1', port, servername: name, ca, method, path: way, agent: false,
                                     headers: {host: `${name}:${port}`, ...headers}});
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({status: response.statusCode, headers: response.headers,
                                        raw: response.rawHeaders, text}));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const typed = {'content-type': 'application/x-www-form-urlencoded'};
const form = (fields) => new URLSearchParams(fields).toString();
async function signIn(who) {
  const answer = await ask('POST', '/sign-in', {headers: {...typed, origin},
                                                body: form({name: who, password: passwords[who], to: '/'})});
  return {answer, cookie: (answer.headers['set-cookie'] ?? [''])[0].split(';')[0]};
}
const timesSent = (answer, header) => answer.raw.filter((word, i) => i % 2 === 0 && word.toLowerCase() === header).length;

test('plain http leads to TLS, and to the same page', async () => {
  const answer = await ask('GET', '/check/1?of=x', {through: http});
  assert.equal(answer.status, 301);
  assert.equal(answer.headers.location, `${origin}/check/1?of=x`);
  // Not to a name that somebody else has chosen.
  const foreign = await ask('GET', '/', {through: http, headers: {host: 'evil.example.org'}});
  assert.equal(foreign.headers.location, `${origin}/`);
});

test('people sign in, with a cookie that travels over TLS only', async () => {
  const {answer, cookie} = await signIn('lea');
  assert.equal(answer.status, 303);
  assert.match(answer.headers['set-cookie'][0], /; Secure/);
  assert.match(answer.headers['set-cookie'][0], /HttpOnly; SameSite=Strict/);
  assert.equal((await ask('GET', '/', {headers: {cookie}})).status, 200);
  assert.equal((await ask('GET', '/', {headers: {cookie, host: 'evil.example.org'}})).status, 421);
});

test('a form from another origin changes nothing', async () => {
  const {cookie} = await signIn('lea');
  const page = await ask('GET', '/', {headers: {cookie}});
  const token = page.text.match(/name="token" value="([0-9a-f]+)"/)[1];
  const foreign = {...typed, cookie, origin: 'https://evil.example.org'};
  assert.equal((await ask('POST', '/synchronise', {headers: foreign, body: form({token})})).status, 403);
  assert.equal((await ask('POST', '/synchronise', {headers: {...typed, cookie, origin}, body: form({token})})).status, 303);
});

test('events arrive one by one while the answer is open', async () => {
  const {cookie} = await signIn('lea');
  const session = http2.connect(origin, {ca, servername: name, createConnection: () =>
    tls.connect({host: '127.0.0.1', port: secure, servername: name, ca, ALPNProtocols: ['h2']})});
  const stream = session.request({':path': '/events', ':authority': `${name}:${secure}`, cookie});
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => { text += chunk; });
  const beats = async (count) => {
    for (let i = 0; i < 50 && text.split('event: pulse').length <= count; ++i)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return text.split('event: pulse').length - 1;
  };
  assert.ok(await beats(1) >= 1, 'the first at once');
  const before = await beats(1);
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  pair.cycle();
  assert.ok(await beats(before + 1) > before, 'another when a cycle has ended');
  assert.ok(!stream.closed);
  session.destroy();
});

test('every answer is protected once, also those that nginx gives itself', async () => {
  const headers = ['content-security-policy', 'strict-transport-security', 'x-content-type-options'];
  const page = await ask('GET', '/sign-in');
  assert.match(page.headers['content-security-policy'], /script-src 'self'/);
  const large = await ask('POST', '/sign-in', {headers: typed, body: 'x'.repeat(70_000)});
  assert.equal(large.status, 413);
  for (const answer of [page, large])
    for (const header of headers) assert.equal(timesSent(answer, header), 1, header);
  assert.doesNotMatch(large.headers.server, /[0-9]/);
});

test('old protocols are refused', async () => {
  const ends = (version) => new Promise((resolve) => {
    const socket = tls.connect({host: '127.0.0.1', port: secure, servername: name, ca, minVersion: version,
                                maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0'});
    socket.on('secureConnect', () => { socket.destroy(); resolve('connected'); });
    socket.on('error', () => resolve('refused'));
  });
  assert.equal(await ends('TLSv1.1'), 'refused');
  assert.equal(await ends('TLSv1.2'), 'connected');
  assert.equal(await ends('TLSv1.3'), 'connected');
});

test('while miroir is away nginx says so, and it comes back', async () => {
  await pair.stop();
  const answer = await ask('GET', '/');
  assert.equal(answer.status, 502);
  assert.equal(timesSent(answer, 'content-security-policy'), 1);
  await serve();
  assert.equal((await ask('GET', '/healthz')).text, 'ok\n');
});

// The last one: what it uses up comes back at one in six seconds.
test('who guesses passwords is slowed down, and nobody else', async () => {
  const guesses = [];
  for (let i = 0; i < 12; ++i)
    guesses.push((await ask('POST', '/sign-in', {headers: {...typed, origin}, body: form({name: `nobody${i}`, password: 'x'})})).status);
  assert.ok(guesses.includes(429), `${guesses}`);
  assert.equal((await ask('GET', '/sign-in')).status, 200);
});
