// A browser without a window, and what every test asks of a page that it opens.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import {chromium} from 'playwright-core';

import {passwords} from './pair.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const desktop = {width: 1280, height: 900};
export const telephone = {width: 375, height: 740};
// What a browser says itself of a server that is gone.
export const lostServer = ['ERR_CONNECTION_REFUSED', 'ERR_INCOMPLETE_CHUNKED', 'ERR_CONNECTION_RESET', 'ERR_EMPTY_RESPONSE'];

export async function startBrowser(address) {
  const browser = await chromium.launch({
    executablePath: process.env.MIROIR_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync'],
  });
  return new Browser(browser, address);
}

// For before(): the pair's page, and a browser that looks at it.
export async function serve(pair) {
  const address = await pair.serve();
  return [address, await startBrowser(address)];
}

// For after(): nothing is left of them, and no page did what none may.
export async function leave(pair, browser) {
  await browser?.close();
  await pair.remove();
  assert.deepEqual(browser?.complaints, []);
}

class Browser {
  constructor(browser, address) {
    this.browser = browser;
    this.address = address;
    this.complaints = [];  // What no page may do, collected from every page that was opened.
  }
  close() { return this.browser.close(); }

  async open({locale = 'fr-FR', viewport = desktop, java_script = true, expects = []} = {}) {
    const context = await this.browser.newContext({locale, viewport, javaScriptEnabled: java_script, bypassCSP: false});
    const page = await context.newPage();
    page.setDefaultTimeout(10000);
    page.on('console', (message) => {
      if (message.type() !== 'error' || expects.some((one) => message.text().includes(one))) return;
      this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`script: ${error}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.address) && !request.url().startsWith('data:'))
        this.complaints.push(`asked elsewhere: ${request.url()}`);
    });
    return page;
  }

  async signIn(page, name = 'lea') {
    await page.goto(`${this.address}/`);
    await page.fill('#name', name);
    await page.fill('#password', passwords[name]);
    await page.press('#password', 'Enter');
    await page.waitForSelector('.banner');
  }

  // Everything that a machine can tell of accessibility, and that nothing is wider than the screen.
  async isFit(page, name) {
    if (process.env.MIROIR_SCREENSHOTS)
      await page.screenshot({path: path.join(process.env.MIROIR_SCREENSHOTS, `${name}.png`), fullPage: true});
    // The page's own policy forbids foreign scripts, so this one comes by the debugger.
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document));
    assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`), [], name);
    const [inner, whole] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(whole <= inner, `${name} is ${whole} wide on a screen of ${inner}`);
  }
}

// French sets some blanks that must not break a line.
export const text = async (page, where) => (await page.textContent(where)).replaceAll('\u00a0', ' ');

// Tabs until the link or button with this text is reached, and presses it.
export async function press(page, text) {
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    if ((await page.locator(':focus').innerText().catch(() => '')).startsWith(text)) return page.keyboard.press('Enter');
  }
  assert.fail(`the keyboard does not reach "${text}"`);
}
export const at = async (page) => (await page.locator(':focus').getAttribute('name').catch(() => null)) ?? '';

export async function waitFor(holds, times = 100) {
  for (let i = 0; i < times; ++i) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(await holds());
}
