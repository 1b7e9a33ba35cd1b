// Whoever sees a state of the page finds it in the runbook, as the page says it.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const section = read('deploy/README.md').match(/### What the page says\n([\s\S]*?)\n##+ /)[1];
const languages = ['en', 'fr'].map((language) => JSON.parse(read(`mirror/status/texts.${language}.json`)));
// As a table has it: something stands for what is put in.
const shown = (text) => text.replaceAll('{}', '…').replaceAll('\u00a0', ' ');

function isThere(group, key) {
  for (const texts of languages) {
    const text = shown(texts[group][key]);
    assert.ok(section.replaceAll('\u00a0', ' ').includes(text), `${group}.${key}: "${text}"`);
  }
}

test('every headline of the page is in the runbook, with what to do', () => {
  const source = read('mirror/status/banner.cpp');
  const keys = new Set([...source.matchAll(/headline\([^;]*?;/g)]
    .flatMap(([call]) => [...call.matchAll(/say\("banner\.(\w+)"/g)].map((one) => one[1])));
  for (const key of source.match(/std::string good\(\)[\s\S]*?\n {2}}/)[0].matchAll(/"banner\.(\w+)"/g)) keys.add(key[1]);
  for (const text of ['late_text', 'away_text', 'check_text', 'failed_text', 'brake_text', 'mapping_text', 'unreadable_text']) keys.delete(text);
  assert.ok(keys.size >= 11, [...keys].join());
  for (const key of keys) isThere('banner', key);
});

test('so is a lost connection, and every counter', () => {
  isThere('live', 'lost');
  const counters = [...read('mirror/status/banner.cpp').matchAll(/say\("counter\.(waiting|check|sent|differences|asked)"/g)].map((one) => one[1]);
  assert.equal(new Set(counters).size, 5);
  for (const key of counters) isThere('counter', key);
});

test('every kind of brake is in the runbook', () => {
  const brakes = read('deploy/README.md').match(/\n## Brakes\n([\s\S]*?)\n## /)[1];
  for (const [, kind] of read('mirror/brakes.cpp').match(/kinds\{([\s\S]*?)\}/)[1].matchAll(/"(\w+):"/g))
    assert.ok(brakes.includes(`\`${kind}\``), kind);
});

test('what may happen is in the list of what-ifs', () => {
  const list = read('deploy/README.md').match(/\n## What if\n([\s\S]*)/)[1];
  for (const what of [/ERP, or the line, is down/, /clock/, /mapping is to change/i, /new column/, /deleted very much/, /backup was restored/, /state file/])
    assert.match(list, what);
});
