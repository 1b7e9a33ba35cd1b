// People are told when something begins and when it is over, once each, by a real command, a real
// receiver of webhooks and a program in sendmail's place.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, beforeEach, test} from 'node:test';

import {Pair} from './pair.mjs';

// Pair waits for miroir without hearing anybody else: the receiver is another process. What it gets it appends to a
// file, and what it answers stands in another; 0: it never does.
const receiverSource = `
  const {appendFileSync, readFileSync} = require('node:fs');
  const folder = process.argv[1];
  require('node:http').createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      const {method, url, headers} = request;
      appendFileSync(folder + '/received', JSON.stringify({method, url, headers, message: JSON.parse(body)}) + '\\n');
      const answer = Number(readFileSync(folder + '/answer', 'utf8'));
      if (answer) response.writeHead(answer).end();
    });
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

let pair, receiver, port, box;

before(async () => {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])
    delete process.env[name];
  box = mkdtempSync(path.join(tmpdir(), 'miroir-notify.'));
  receiver = spawn(process.execPath, ['-e', receiverSource, box], {stdio: ['ignore', 'pipe', 'inherit']});
  port = await new Promise((resolve) => receiver.stdout.once('data', (text) => resolve(Number(text))));
});
beforeEach(() => {
  writeFileSync(path.join(box, 'received'), '');
  answerWith(204);
});
after(async () => {
  receiver.kill();
  rmSync(box, {recursive: true, force: true});
  await pair?.remove();
});

const answerWith = (code) => writeFileSync(path.join(box, 'answer'), `${code}`);
const received = () => readFileSync(path.join(box, 'received'), 'utf8').split('\n').slice(0, -1).map(JSON.parse);
const hook = () => ({url: `http://127.0.0.1:${port}/hook`});

// A pair that tells by `notify`; what stood there before is gone.
async function told(notify, others = {}) {
  await pair?.remove();
  pair = new Pair(others.serve ?? {address: 'https://miroir.example.com'}, {notify});
}
function configure(change) {
  const config = JSON.parse(readFileSync(pair.file('miroir.json')));
  change(config);
  writeFileSync(pair.file('miroir.json'), JSON.stringify(config));
}
const phases = () => received().map(({message}) => `${message.event} ${message.site ?? ''} ${message.phase}`.replace('  ', ' '));

// A program that writes what it is given into a file of the pair's, one after the other.
function program(name, more = '') {
  const folder = pair.file('programs');
  mkdirSync(folder, {recursive: true});
  writeFileSync(path.join(folder, name), `#!/bin/sh
{ echo "$0 $*"; env | grep ^MIROIR_ | grep -v PROGRAM; cat; echo "-- end"; } >>'${pair.file(name + '.said')}'
${more}
`);
  chmodSync(path.join(folder, name), 0o755);
  return path.join(folder, name);
}
const said = (name) => (existsSync(pair.file(name + '.said')) ? readFileSync(pair.file(name + '.said'), 'utf8') : '');
const times = (name) => said(name).split('-- end').length - 1;

test('a question is told of once, and once when it is answered', async () => {
  await told({webhook: hook(), language: 'fr'});
  assert.deepEqual(phases(), []);
  pair.disagree();
  assert.deepEqual(phases(), ['waiting begun']);
  const {message, method, url, headers} = received()[0];
  assert.equal(`${method} ${url} ${headers['content-type']}`, 'POST /hook application/json');
  assert.equal(message.subject, '[miroir] La boutique ⇄ L’ERP\u00a0: 1 nouveau point à vérifier');
  assert.match(message.text, /En tout, points en attente d’une réponse : 1\..*\nPour voir : https:\/\/miroir\.example\.com\n$/s);
  assert.equal(message.open, 1);
  // Nothing of whom it is about, nor what is in question.
  assert.doesNotMatch(JSON.stringify(message), /Anne|Chevalier|anne@|60J|COMPTANT/);
  pair.cycle([4]);
  pair.miroir(['notify']);
  assert.equal(received().length, 1, 'once');
  pair.refuse();
  assert.deepEqual(phases(), ['waiting begun', 'waiting begun']);
  assert.equal(received()[1].message.fresh, 1);
  assert.equal(received()[1].message.open, 2);
  pair.allow();
  pair.miroir(['held', 'retry', '--all']);
  pair.cycle([4]);
  assert.equal(received().length, 2, 'one of two is done: that is no news');
  pair.miroir(['held', 'answer', '--all', '--rule', 'hold', '--take', 'erp']);
  pair.cycle();
  assert.deepEqual(phases(), ['waiting begun', 'waiting begun', 'waiting over']);
  pair.cycle();
  pair.disagree('45J', 'VIREMENT');
  assert.equal(phases()[3], 'waiting begun');
});

test('a site is told of when it is away for longer than it may be', async () => {
  await told({webhook: hook(), away_minutes: 30});
  pair.cut('erp');
  pair.cycle([3]);
  pair.cycle([3]);
  assert.deepEqual(phases(), [], 'not at once');
  pair.state(`UPDATE cycle SET started = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-31 minutes')
    WHERE number = (SELECT max(number) FROM cycle) - 1`);
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  pair.cycle([3]);
  assert.deepEqual(phases(), ['away erp begun']);
  assert.match(received()[0].message.subject, /: The line to the ERP has been down since \d\d:\d\d$/);
  assert.match(received()[0].message.text, /1 record waits to be sent/);
  pair.cycle([3]);
  assert.equal(received().length, 1);
  // Nobody knows whether a site is there that must not be asked.
  pair.miroir(['pause', '--site', 'erp', '--reason', 'upgrade']);
  pair.cycle();
  assert.equal(received().length, 1);
  pair.miroir(['resume', '--site', 'erp']);
  pair.mend('erp');
  pair.cycle();
  assert.deepEqual(phases(), ['away erp begun', 'away erp over']);
  assert.match(received()[1].message.subject, /The line to the ERP works again/);
});

test('a brake is told of once while it holds, whatever it counts', async () => {
  await told({webhook: hook()});
  configure((config) => { config.brakes = {deletions: {count: 0, share: 0}}; });
  pair.sql('shop', 'DELETE FROM stock WHERE product_id = 1');
  pair.cycle([5]);
  assert.deepEqual(phases(), ['brake begun']);
  assert.match(received()[0].message.subject, /Something unusual/);
  pair.sql('shop', 'DELETE FROM stock WHERE product_id = 2');
  pair.cycle([5]);
  assert.equal(received().length, 1, 'one more deletion is the same brake');
  configure((config) => { delete config.brakes; });
  pair.cycle();
  assert.deepEqual(phases(), ['brake begun', 'brake over']);
});

test('that cycles have stopped is told by serve, and again that they run', async () => {
  await told({webhook: hook()});
  pair.state(`UPDATE cycle SET started = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 hours')`);
  await pair.serveBehind();
  for (let i = 0; i < 100 && received().length === 0; ++i) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(phases(), ['stopped begun']);
  assert.match(received()[0].message.subject, /Nothing has been synchronised since/);
  await pair.stop();
  // Another serve, as after a restart of the machine, and cron's own: once is once.
  await pair.serveBehind();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  pair.miroir(['notify']);
  assert.equal(received().length, 1);
  pair.cycle();
  assert.deepEqual(phases(), ['stopped begun', 'stopped over']);
  await pair.stop();
});

test('a cycle that runs for long has not stopped', async () => {
  await told({webhook: hook()});
  pair.state(`UPDATE cycle SET started = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 hours')`);
  const other = spawn('flock', [pair.file('state.db.lock'), 'sleep', '2']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  pair.miroir(['notify']);
  assert.equal(received().length, 0);
  await new Promise((resolve) => other.on('exit', resolve));
  pair.miroir(['notify']);
  assert.deepEqual(phases(), ['stopped begun']);
});

test('a command has the message on its standard input, and no shell looks at it', async () => {
  await told({events: ['waiting'], command: ['true']});
  configure((config) => { config.notify.command = [program('tell'), '$(id)', 'two words']; });
  pair.disagree();
  assert.equal(times('tell'), 1);
  assert.match(said('tell'), /tell \$\(id\) two words\n/);
  assert.match(said('tell'), /^MIROIR_EVENT=waiting$/m);
  assert.match(said('tell'), /^MIROIR_PHASE=begun$/m);
  assert.match(said('tell'), /^MIROIR_SUBJECT=\[miroir\] The shop ⇄ The ERP: 1 new thing to check$/m);
  assert.match(said('tell'), /^In all, 1 wait for an answer\.$/m);
});

test('e-mail goes to sendmail, with headers in ASCII', async () => {
  await told({email: {to: ['lea@exemple.fr', 'it@exemple.fr'], from: 'miroir@exemple.fr'}, language: 'fr'});
  const sendmail = program('sendmail');
  const before = process.env.PATH;
  process.env.PATH = `${path.dirname(sendmail)}:${before}`;
  pair.disagree();
  process.env.PATH = before;
  const [head, body] = said('sendmail').split('\n\n');
  assert.match(head, /sendmail -i -t\n(?:MIROIR_.*\n)*To: lea@exemple\.fr, it@exemple\.fr\nFrom: miroir@exemple\.fr\nSubject: =\?UTF-8\?Q\?/);
  assert.match(head.replace(/^MIROIR_.*$/mg, ''), /^[\x00-\x7f]*$/);
  const subject = [...head.matchAll(/=\?UTF-8\?Q\?([^?]*)\?=/g)].map((piece) => piece[1]).join('');
  assert.equal(Buffer.from(subject.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
    .toString('utf8'), '[miroir] La boutique ⇄ L’ERP\u00a0: 1 nouveau point à vérifier');
  for (const line of head.split('\n')) assert.ok(line.startsWith('MIROIR_') || line.length <= 76, line);
  assert.equal(body, '1 nouveau point à vérifier.');
});

test('whoever hangs cannot keep a cycle from its end, and is tried again', async () => {
  await told({events: ['waiting'], timeout_seconds: 1, webhook: hook()});
  configure((config) => { config.notify.command = [program('tell', 'sleep 60')]; });
  answerWith(0);
  const began = Date.now();
  pair.disagree();
  assert.ok(Date.now() - began < 9000, `took ${Date.now() - began} ms`);
  assert.equal(received().length, 1);
  answerWith(500);
  assert.match(pair.miroir(['notify'], {codes: [3]}),
               /not told by command: .*tell was killed: it did not end within 1 s\nnot told by webhook: the webhook answered 500/);
  program('tell');
  answerWith(204);
  assert.match(pair.miroir(['notify']), /told by command.*\n.*told by webhook/);
  assert.equal(pair.miroir(['notify']), 'nothing to tell\n');
  assert.equal(received().length, 3);
});

test('a way of telling that fails does not make another one tell twice', async () => {
  await told({events: ['waiting'], webhook: hook()});
  configure((config) => { config.notify.command = [program('tell')]; });
  answerWith(503);
  pair.disagree();
  assert.equal(times('tell'), 1);
  answerWith(204);
  pair.cycle([4]);
  assert.equal(times('tell'), 1);
  assert.equal(received().length, 2);
});

test('a secret address and a token come from files, and are never shown', async () => {
  await told({events: ['waiting'], command: ['true']});
  const files = {'hook.url': hook().url + '/geheim', 'hook.token': 's3cret'};
  for (const [name, text] of Object.entries(files)) writeFileSync(pair.file(name), text + '\n', {mode: 0o600});
  configure((config) => { config.notify = {events: ['waiting'], webhook: {url_file: 'hook.url', token_file: 'hook.token'}}; });
  pair.disagree();
  assert.equal(received()[0].url, '/hook/geheim');
  assert.equal(received()[0].headers.authorization, 'Bearer s3cret');
  answerWith(500);
  pair.miroir(['held', 'answer', '--all', '--rule', 'hold', '--take', 'erp']);
  pair.cycle();
  const failed = pair.miroir(['notify', '--json'], {codes: [3]});
  assert.doesNotMatch(failed, /geheim|s3cret/);
  chmodSync(pair.file('hook.token'), 0o644);
  assert.match(pair.miroir(['check']), /notify: webhook: token_file: others can read .*hook\.token\n *-> chmod 600/);
  assert.match(pair.miroir(['notify'], {codes: [3]}), /token_file: others can read/);
  pair.cycle();
});

test('a trial says that it arrives, and tells nothing else', async () => {
  await told({webhook: hook()});
  pair.disagree();
  writeFileSync(path.join(box, 'received'), '');
  assert.match(pair.miroir(['notify', '--test']), /told by webhook: \[miroir\] The shop ⇄ The ERP: A trial/);
  assert.deepEqual(phases(), ['test test']);
  configure((config) => { delete config.notify; });
  assert.throws(() => pair.miroir(['notify', '--test']), /names nobody to tell.*hint: "notify"/s);
});
